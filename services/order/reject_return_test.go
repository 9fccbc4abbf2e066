package main

import (
	"testing"
	"time"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func TestARejectedReturnLetsTheOrderComplete(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.delivered("hanako")
	asked, err := b.back("bruised", 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	s.w.Advance(15 * 24 * time.Hour)
	s.tick()
	b.is(orderv1.OrderState_ORDER_STATE_DELIVERED)
	for range 2 {
		res, err := b.boss.RejectReturn(t.Context(), &orderv1.RejectReturnRequest{OrderId: b.order, ReturnId: asked.GetReturnId(), Reason: "eaten"})
		if err != nil || res.GetReturn().GetState() != orderv1.ReturnState_RETURN_STATE_REJECTED {
			t.Fatalf("rejected: %v, %v", res, err)
		}
	}
	_, err = b.boss.ApproveReturn(t.Context(), &orderv1.ApproveReturnRequest{OrderId: b.order, ReturnId: asked.GetReturnId(), Reason: "after all"})
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	s.tick()
	b.is(orderv1.OrderState_ORDER_STATE_COMPLETED)
	s.wantCounts(b.apples, 8, 0)
	s.verify()
}
