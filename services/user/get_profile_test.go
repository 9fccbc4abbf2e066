package main

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestGetProfile(t *testing.T) {
	d := open(t)
	if _, err := d.as(hanako).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: "花子"}}); err != nil {
		t.Fatal(err)
	}
	for _, u := range []testenv.User{taro, guest} {
		res, err := d.as(u).GetProfile(d.ctx, &userv1.GetProfileRequest{})
		if diff := cmp.Diff(&userv1.Profile{Notices: &userv1.Notices{OrderPush: true, OrderEmail: true}}, res.GetProfile(), protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("%s's profile, never set: %v (-want +got):\n%s", u.ID, err, diff)
		}
	}
	_, err := userv1connect.NewUserServiceClient(http.DefaultClient, d.base).GetProfile(d.ctx, &userv1.GetProfileRequest{})
	refused(t, err, fault.TokenMissing)
	_, err = userv1connect.NewUserServiceClient(d.AsService("order"), d.base).GetProfile(d.ctx, &userv1.GetProfileRequest{})
	refused(t, err, fault.CallerNotAllowed)
}
