package main

import (
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	"github.com/issho-shop/issho/internal/id"
)

// A customer's points are shown with their journals, and all are kept: the ledger names the account alone. Points that are
// held are waited for.
func TestExportAndEraseUser(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	w.fund("taro")
	by := func(identity string) rewardv1connect.RewardInternalServiceClient {
		return rewardv1connect.NewRewardInternalServiceClient(w.AsService(identity), w.base)
	}
	shown, err := by("user").ExportUser(t.Context(), &rewardv1.ExportUserRequest{CustomerId: "hanako"})
	if err != nil || len(shown.GetRecords()) != 3 || shown.GetNextPageToken() != "" { // balance, EARN, VEST
		t.Fatalf("export = %v, %v; want a balance and two entries", shown, err)
	}
	orderID, erase := id.New("ord"), &rewardv1.EraseUserRequest{CustomerId: "hanako"}
	if err := w.hold(orderID, "hanako", 10); err != nil {
		t.Fatal(err)
	}
	_, err = by("user").EraseUser(t.Context(), erase)
	wantReason(t, err, fault.OrderState)
	w.release(orderID)
	for range 2 {
		res, err := by("user").EraseUser(t.Context(), erase)
		if err != nil || res.GetErased() != 0 || res.GetKept() != 4 { // and HOLD, RELEASE
			t.Errorf("erase = %v, %v; want 4 journals kept", res, err)
		}
	}
	w.wantBalance("hanako", balance{Available: 100})
	w.wantBalance("taro", balance{Available: 100})
	_, err = by("order").EraseUser(t.Context(), erase)
	wantReason(t, err, fault.CallerNotAllowed)
	w.wantSound()
}
