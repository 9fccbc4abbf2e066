package main

import (
	"testing"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// release releases twice.
func (w *world) release(orderID string) {
	w.t.Helper()
	for range 2 {
		if _, err := w.service("order").ReleasePoints(w.t.Context(), &rewardv1.ReleasePointsRequest{OrderId: orderID}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestReleasePointsLeavesSpentOnesAlone(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	m := bought(id.New("ord"), "", "hanako")
	m.GroupId, m.Points = "", 60
	if err := w.hold(m.GetOrderId(), "hanako", 60); err != nil {
		t.Fatal(err)
	}
	w.deliver(w.orderEvent("order.paid", m))
	w.release(m.GetOrderId())
	w.release(id.New("ord"))
	w.wantBalance("hanako", balance{Available: 40})
	w.wantKinds("hanako", points.KindEarn, points.KindVest, points.KindHold, points.KindCommit)
}
