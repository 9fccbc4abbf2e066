package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func TestGetPayment(t *testing.T) {
	x := open(t)
	orderID := x.captured("pm_card_visa")
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/1", 480))
	x.reaches(orderID, payment.PartlyRefunded)
	res, err := x.operator().GetPayment(t.Context(), &paymentv1.GetPaymentRequest{OrderId: orderID, Reason: "customer called"})
	if err != nil {
		t.Fatal(err)
	}
	if res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED || res.GetRefunded().GetAmount() != 480 || res.GetCaptureBefore() == nil {
		t.Errorf("GetPayment = %v", res)
	}
	kinds := map[string]int{}
	for i, m := range res.GetTimeline() {
		kinds[m.GetKind()]++
		if i > 0 && m.GetTime().AsTime().Before(res.GetTimeline()[i-1].GetTime().AsTime()) {
			t.Errorf("moment %d is out of order", i)
		}
	}
	if diff := cmp.Diff(map[string]int{"TRANSITION": 6, "CALL": 4, "REFUND": 1}, kinds); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	_, err = x.operator().GetPayment(t.Context(), &paymentv1.GetPaymentRequest{OrderId: newOrder(), Reason: "customer called"})
	if fault.ReasonOf(err) != fault.NotFound {
		t.Errorf("no such order: %v, want NOT_FOUND", err)
	}
}
