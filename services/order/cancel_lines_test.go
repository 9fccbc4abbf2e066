package main

import (
	"testing"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func TestCancelLines(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.paid("hanako")
	without := func(of ...int32) *orderv1.CancelLinesRequest {
		return &orderv1.CancelLinesRequest{RequestId: uuid.NewString(), OrderId: b.order, Lines: parts(of...), Reason: "broken"}
	}
	_, err := b.merchant.CancelLines(t.Context(), without(1, 1))
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition) // nothing is shipped: cancel the order

	b.deliver(b.ship(1, 2, 2, 1))
	some := without(2, 1)
	for range 2 {
		res, err := b.merchant.CancelLines(t.Context(), some)
		if err != nil || res.GetRefund().GetMoney().GetAmount() != 814 || res.GetRefund().GetPoints() != 185 {
			t.Fatalf("one of three pears, 3,000 yen less 556 points: %v, %v", res, err)
		}
	}
	b.is(orderv1.OrderState_ORDER_STATE_PARTLY_SHIPPED)
	_, err = b.merchant.CancelLines(t.Context(), without(2, 2))
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	if _, err := b.boss.CancelLines(t.Context(), without(2, 1)); err != nil {
		t.Fatal(err)
	}
	o := b.is(orderv1.OrderState_ORDER_STATE_DELIVERED).GetOrder() // what was left to arrive has arrived before
	if o.GetLines()[1].GetCancelled() != 2 || o.GetFinalAmounts().GetTotal().GetAmount() != 4400 {
		t.Errorf("order = %v", o)
	}
	var told orderv1.OrderEvent
	s.w.WaitEvent("order.refund_due").Decode(t, &told)
	line := told.GetRefundsDue()[0]
	if line.GetSku() != b.pears || line.GetQuantity() != 1 || line.GetAmount().GetAmount() != 814 || line.GetPoints() != 185 || line.GetKey() == "" {
		t.Errorf("order.refund_due = %v", &told)
	}
	s.w.WaitEvent("order.refund_due")
	s.wantCounts(b.pears, 9, 0)
	s.verify()
}
