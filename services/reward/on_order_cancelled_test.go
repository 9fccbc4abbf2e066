package main

import (
	"testing"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

func TestOrderCancelledReleasesHeldPoints(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	orderID := id.New("ord")
	if err := w.hold(orderID, "hanako", 60); err != nil {
		t.Fatal(err)
	}
	w.wantBalance("hanako", balance{Available: 40, Held: 60})
	m := bought(orderID, "", "hanako")
	m.GroupId, m.Points = "", 60
	w.deliver(w.orderEvent("order.cancelled", m))
	w.wantBalance("hanako", balance{Available: 100})
	w.wantKinds("hanako", points.KindEarn, points.KindVest, points.KindHold, points.KindRelease)
	w.wantSound()
}

func TestOrderCancelledReturnsSpentPoints(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	orderID := id.New("ord")
	if err := w.hold(orderID, "hanako", 60); err != nil {
		t.Fatal(err)
	}
	m := bought(orderID, "", "hanako")
	m.GroupId, m.Points = "", 60
	w.deliver(w.orderEvent("order.paid", m), w.orderEvent("order.cancelled", m), w.orderEvent("order.paid", m))
	w.wantBalance("hanako", balance{Available: 100})
	w.wantKinds("hanako", points.KindEarn, points.KindVest, points.KindHold, points.KindCommit, points.KindReturn)
	w.wantSound()
}

func TestOrderPaidAfterItsCancellationDoesNothing(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, "hanako")
	w.deliver(w.orderEvent("order.cancelled", m), w.orderEvent("order.paid", m), w.refund(m.GetOrderId(), "re_1", 3000))
	w.wantBalance("hanako", balance{})
	w.wantKinds("hanako")
	w.wantSound()
}
