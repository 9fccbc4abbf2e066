package main

import (
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

func TestAPaidOrderThatIsCancelledGivesItsStockBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	taro := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.payment("payment.captured", taro)
	if o := s.order("taro", taro); o.GetState() != orderv1.OrderState_ORDER_STATE_PAID {
		t.Fatalf("order is %s", o.GetState())
	}
	for range 2 {
		o, err := s.cancel("taro", taro)
		if err != nil || o.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || o.GetVersion() != 5 {
			t.Errorf("cancelling = %v, %v", o, err)
		}
	}
	s.payment("payment.captured", taro)
	if o := s.order("taro", taro); o.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED {
		t.Errorf("order is %s again", o.GetState())
	}
	s.w.WaitEvent("order.cancelled")
	s.wantCounts(c.Skus[0], 9, 0)
	s.verify()
}
