package main

import (
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestPutProgrammeIsAudited(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	w.deliver(w.orderEvent("order.paid", bought(id.New("ord"), campaign, "hanako")))
	put := func(budget int64) error {
		res, err := w.operator().PutProgramme(t.Context(), &rewardv1.PutProgrammeRequest{
			Programme: &rewardv1.Programme{CampaignId: campaign, MemberPoints: 5, Budget: budget, Given: 7}, Reason: "less",
		})
		if err == nil && res.GetProgramme().GetGiven() != 130 {
			t.Errorf("given %d, want 130", res.GetProgramme().GetGiven())
		}
		return err
	}
	wantReason(t, put(129), fault.FieldInvalid)
	if err := put(130); err != nil {
		t.Fatal(err)
	}
	type audit struct {
		Version              int64
		Actor, Reason        string
		MemberPoints, Budget int64
	}
	got, err := spandb.Rows[audit](t.Context(), w.db.Single(), "ProgrammeAudits", spanner.Key{campaign}.AsPrefix())
	if err != nil {
		t.Fatal(err)
	}
	want := []audit{{1, "user/ops_yuki", "summer campaign", 100, 1000}, {2, "user/ops_yuki", "less", 5, 130}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
	w.wantSound()
}

func TestPutProgrammeIsForOperators(t *testing.T) {
	w := start(t)
	customer := rewardv1connect.NewRewardAdminServiceClient(w.As(testenv.User{ID: "hanako"}), w.base)
	req := &rewardv1.PutProgrammeRequest{Programme: &rewardv1.Programme{CampaignId: id.New("cmp")}, Reason: "mine"}
	_, err := customer.PutProgramme(t.Context(), req)
	wantReason(t, err, fault.CallerNotAllowed)
	req.Reason = ""
	_, err = w.operator().PutProgramme(t.Context(), req)
	wantReason(t, err, fault.FieldInvalid)
}
