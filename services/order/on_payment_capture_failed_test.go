package main

import (
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

func TestCancelAfterCapture(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	if _, err := s.cancel("taro", second); err != nil {
		t.Fatal(err)
	}
	s.payment("payment.captured", second) // comes too late: payment refunds
	if o := s.order("taro", second); o.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_CUSTOMER {
		t.Errorf("order = %v", o)
	}
	hanako := first.GetOrder().GetOrderId()
	s.becomes("hanako", hanako, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.payment("payment.capture_failed", hanako)
	if o := s.order("hanako", hanako); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_CAPTURE_FAILED {
		t.Errorf("order = %v", o)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}
