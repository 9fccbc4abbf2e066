package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/testenv"
)

// A dispute and its end are told in the timeline, once each, newer over older; the order stays as it is.
func TestADisputeIsToldInTheTimeline(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	s.buy("taro", join(c, first.GetInvite()))
	hanako := first.GetOrder().GetOrderId()
	s.becomes("hanako", hanako, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.payment("payment.captured", hanako)
	paymentID := s.paymentOf(hanako)
	for version, state := range []paymentv1.PaymentState{
		7: paymentv1.PaymentState_PAYMENT_STATE_DISPUTED, 8: paymentv1.PaymentState_PAYMENT_STATE_WON,
	} {
		if state == 0 {
			continue
		}
		s.w.DeliverTwice(s.base, testenv.NewEvent(t, "payment", "payment.disputed", "payment/"+paymentID, int64(version), &paymentv1.PaymentEvent{
			PaymentId: paymentID, Version: int64(version), OrderId: hanako, State: state,
		}))
	}
	s.w.DeliverTwice(s.base, testenv.NewEvent(t, "payment", "payment.disputed", "payment/"+paymentID, 7, &paymentv1.PaymentEvent{
		PaymentId: paymentID, Version: 7, OrderId: hanako, State: paymentv1.PaymentState_PAYMENT_STATE_DISPUTED, // late
	}))
	var told []string
	for _, step := range s.timeline(hanako, "") {
		told = append(told, step.GetToState()+": "+step.GetWhat())
	}
	want := []string{
		"PENDING_PAYMENT: checkout", "AWAITING_GROUP: authorised", "CONFIRMED: group settled", "PAID: captured",
		"PAID: payment disputed at the bank", "PAID: dispute won",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	s.verify()
}
