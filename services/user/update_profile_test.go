package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestUpdateProfile(t *testing.T) {
	d := open(t)
	steps := []struct {
		name    string
		who     testenv.User
		set     *userv1.Profile
		want    fault.Reason
		version int64 // stored for that caller afterwards; 0 for none
	}{
		{"first, with an etag", hanako, &userv1.Profile{DisplayName: "花子", Etag: "1"}, fault.Conflict, 0},
		{"first", hanako, &userv1.Profile{DisplayName: "花子", Language: "ja"}, "", 1},
		{"second without etag", hanako, &userv1.Profile{DisplayName: "はな"}, fault.Conflict, 1},
		{"second", hanako, &userv1.Profile{DisplayName: "はな", Language: "en", Etag: "1"}, "", 2},
		{"stale", hanako, &userv1.Profile{DisplayName: "花子", Etag: "1"}, fault.Conflict, 2},
		{"klingon", hanako, &userv1.Profile{Language: "tlh", Etag: "2"}, fault.FieldInvalid, 2},
		{"41 letters", hanako, &userv1.Profile{DisplayName: strings.Repeat("あ", 41), Etag: "2"}, fault.FieldInvalid, 2},
		{"40 letters", hanako, &userv1.Profile{DisplayName: strings.Repeat("あ", 40), Etag: "2"}, "", 3},
		{"a guest", guest, &userv1.Profile{DisplayName: "だれか"}, fault.CallerNotAllowed, 0},
		{"somebody else", taro, &userv1.Profile{DisplayName: "太郎"}, "", 1},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			res, err := d.as(step.who).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: step.set})
			refused(t, err, step.want)
			version, _ := d.doc("profiles", step.who)["version"].(int64)
			if version != step.version {
				t.Errorf("version %d is stored, want %d", version, step.version)
			}
			if err != nil {
				return
			}
			got, err := d.as(step.who).GetProfile(d.ctx, &userv1.GetProfileRequest{})
			if diff := cmp.Diff(res.GetProfile(), got.GetProfile(), protocmp.Transform()); err != nil || diff != "" {
				t.Errorf("stored profile: %v (-answered +stored):\n%s", err, diff)
			}
			if got.GetProfile().GetDisplayName() != step.set.GetDisplayName() || got.GetProfile().GetLanguage() != step.set.GetLanguage() {
				t.Errorf("profile = %v, want %v", got.GetProfile(), step.set)
			}
		})
	}
	d.verified()
}

func TestUpdateProfileAtOnce(t *testing.T) {
	d := open(t)
	answers := make(chan error)
	for range 4 {
		go func() {
			_, err := d.as(hanako).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: "花子"}})
			answers <- err
		}()
	}
	done := 0
	for range 4 {
		if err := <-answers; err == nil {
			done++
		} else {
			refused(t, err, fault.Conflict)
		}
	}
	if done != 1 {
		t.Errorf("%d of 4 first profiles were stored, want 1", done)
	}
}
