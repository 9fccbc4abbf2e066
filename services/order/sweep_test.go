package main

import (
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
)

func TestTheSweepFinishesACheckoutThatHeardNothing(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	req := start(s.campaign(2, 2, 10))
	req.Payment = saved("pm_card_silent")
	orderID := s.buy("hanako", req).GetOrder().GetOrderId()
	sweep := func() {
		t.Helper()
		if _, err := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		later time.Duration
		asked int
	}{{0, 1}, {70 * time.Second, 2}, {time.Minute, 3}, {time.Minute, 3}, {time.Minute, 4}, {time.Minute, 4}} {
		s.w.Advance(step.later)
		sweep()
		if got := s.authorisations(orderID); got != step.asked {
			t.Errorf("%v later payment was asked %d times, want %d", step.later, got, step.asked)
		}
	}
	s.answer(orderID, paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	s.w.Advance(3 * time.Minute)
	sweep()
	if got := s.order("hanako", orderID).GetState(); got != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		t.Errorf("the order is %s", got)
	}
	s.verify()
}

func TestTheSweepLeavesEndedHoldsToTheirEnd(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	req := start(s.campaign(2, 2, 10))
	req.Payment = saved("pm_card_silent")
	orderID := s.buy("hanako", req).GetOrder().GetOrderId()
	s.w.Advance(16 * time.Minute)
	if _, err := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{}); err != nil {
		t.Fatal(err)
	}
	if s.authorisations(orderID) != 1 || s.order("hanako", orderID).GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED {
		t.Errorf("payment was asked %d times about %v", s.authorisations(orderID), s.order("hanako", orderID))
	}
	s.verify()
}
