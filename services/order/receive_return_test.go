package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func TestReceiveReturn(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.delivered("hanako")
	asked, err := b.back("bruised", 1, 2, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	req := &orderv1.ReceiveReturnRequest{OrderId: b.order, ReturnId: asked.GetReturnId(), Reason: "arrived"}
	_, err = b.merchant.ReceiveReturn(t.Context(), req)
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition) // not approved
	if _, err := b.merchant.ApproveReturn(t.Context(), &orderv1.ApproveReturnRequest{OrderId: b.order, ReturnId: asked.GetReturnId(), Reason: "seen"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		res, err := b.merchant.ReceiveReturn(t.Context(), req)
		if err != nil || res.GetReturn().GetState() != orderv1.ReturnState_RETURN_STATE_RECEIVED {
			t.Fatalf("received: %v, %v", res, err)
		}
		// Apples: 2,400 yen less 444 points, all of them. Pears: a third of 2,444 yen and 556 points, rounded down.
		if r := res.GetRefund(); r.GetMoney().GetAmount() != 1956+814 || r.GetPoints() != 444+185 {
			t.Errorf("refund = %v", r)
		}
	}
	s.wantCounts(b.apples, 10, 0)
	s.wantCounts(b.pears, 8, 0)
	_, err = b.back("again", 1, 1)
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	var told orderv1.OrderEvent
	s.w.WaitEvent("order.refund_due").Decode(t, &told)
	if told.GetState() != orderv1.OrderState_ORDER_STATE_DELIVERED || len(told.GetRefundsDue()) != 2 {
		t.Errorf("order.refund_due = %v", &told)
	}
	if o := b.is(orderv1.OrderState_ORDER_STATE_DELIVERED).GetOrder(); o.GetLines()[0].GetReturned() != 2 {
		t.Errorf("order = %v", o)
	}
	s.verify()
}
