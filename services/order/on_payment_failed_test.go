package main

import (
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

func TestAFailedPaymentByEventAborts(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Payment = saved("pm_card_silent")
	res := s.buy("hanako", req)
	s.payment("payment.failed", res.GetOrder().GetOrderId())
	if g := s.group("hanako", res.GetGroup().GetGroupId()); g.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_ABORTED {
		t.Errorf("group is %s", g.GetGroup().GetState())
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}
