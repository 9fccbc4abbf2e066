package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func TestTwoUnpaidHoldsCloseACampaignToAUser(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	for range maxTimeouts {
		req := start(c)
		req.Payment = saved("pm_card_silent")
		o := s.buy("hanako", req).GetOrder()
		if o.GetState() != orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT {
			t.Fatalf("order is %s", o.GetState())
		}
		s.w.Advance(holdFor)
		s.becomes("hanako", o.GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	}
	_, err := s.as("hanako").Checkout(t.Context(), start(c))
	wantReason(t, err, fault.LimitReached, connect.CodeFailedPrecondition)
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}
