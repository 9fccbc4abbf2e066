package main

import (
	"net/http"
	"testing"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

func TestPaymentRefundedTakesBackItsShareOnce(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, "hanako")
	third, all := w.refund(m.GetOrderId(), "re_1", 1000), w.refund(m.GetOrderId(), "re_2", 3000)
	if code := w.Deliver(w.base, third); code != http.StatusServiceUnavailable {
		t.Errorf("refunded before it was paid: status %d, want to be told again", code)
	}
	w.deliver(w.orderEvent("order.paid", m), third)
	w.wantBalance("hanako", balance{Pending: 67})
	w.wantBalance("leader", balance{Pending: 20})
	w.deliver(all, third, all)
	w.wantBalance("hanako", balance{})
	w.wantBalance("leader", balance{})
	w.wantKinds("hanako", points.KindEarn, points.KindClawback, points.KindClawback)
	if given := w.given(campaign); given != 0 {
		t.Errorf("the campaign has given %d after everything came back", given)
	}
	w.wantSound()
}

func TestPaymentRefundedMayLeaveDebt(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, "hanako")
	w.deliver(w.orderEvent("order.paid", m), w.orderEvent("order.completed", m))
	if err := w.hold(id.New("ord"), "hanako", 80); err != nil {
		t.Fatal(err)
	}
	w.deliver(w.refund(m.GetOrderId(), "re_1", 3000))
	w.wantBalance("hanako", balance{Available: -80, Held: 80})
	w.wantSound()
}

func TestPaymentRefundedWithoutAnOrderIsRefusedForGood(t *testing.T) {
	w := start(t)
	w.Deliver(w.base, testenv.NewEvent(w.t, "payment", "payment.refunded", "payment/x", 1, &paymentv1.PaymentEvent{OrderId: "ord"}))
	if got := w.WaitEvent("payment.refunded").Topic; got != "payment-reward-dead" {
		t.Errorf("went to topic %q", got)
	}
}
