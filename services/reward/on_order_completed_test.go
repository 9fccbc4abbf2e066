package main

import (
	"net/http"
	"testing"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

func TestOrderCompletedVestsWhatRefundsLeft(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, "hanako")
	if code := w.Deliver(w.base, w.orderEvent("order.completed", m)); code != http.StatusServiceUnavailable {
		t.Errorf("completed before it was paid: status %d, want to be told again", code)
	}
	w.deliver(w.orderEvent("order.paid", m), w.refund(m.GetOrderId(), "re_1", 1500), w.orderEvent("order.completed", m))
	w.wantBalance("hanako", balance{Available: 50})
	w.wantBalance("leader", balance{Available: 15})
	w.wantKinds("hanako", points.KindEarn, points.KindClawback, points.KindVest)
	w.wantSound()
}

func TestOrderCompletedVestsNothingOfWhatIsRefunded(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, "hanako")
	w.deliver(w.orderEvent("order.paid", m), w.refund(m.GetOrderId(), "re_1", 3000), w.orderEvent("order.completed", m))
	w.wantBalance("hanako", balance{})
	w.wantKinds("hanako", points.KindEarn, points.KindClawback)
	w.wantSound()
}
