package main

import (
	"testing"
	"time"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestStartingAGroupHoldsSeatStockAndCard(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	res := s.buy("hanako", start(c))
	if res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP || res.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_OPEN {
		t.Errorf("order is %s, group is %s", res.GetOrder().GetState(), res.GetGroup().GetState())
	}
	if res.GetGroup().GetConfirmed() != 1 || res.GetInvite().GetToken() == "" || res.GetServerTime() == nil {
		t.Errorf("answer = %v", res)
	}
	if a := res.GetOrder().GetAmounts(); a.GetTotal().GetAmount() != 1550 || a.GetTaxes()[0].GetAmount().GetAmount() != 74 || a.GetTaxes()[1].GetAmount().GetAmount() != 50 {
		t.Errorf("amounts = %v", a)
	}
	s.wantCounts(c.Skus[0], 10, 1)
	var told orderv1.OrderEvent
	s.w.WaitEvent("order.authorised").Decode(t, &told)
	if told.GetOrderId() != res.GetOrder().GetOrderId() || told.GetLeaderId() != "hanako" || told.GetAuthorisedTotal().GetAmount() != 1550 {
		t.Errorf("order.authorised = %v", &told)
	}
	s.verify()
}

func TestOneMembershipInACampaign(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 3, 10)
	first := s.buy("hanako", start(c))
	for _, req := range []*orderv1.CheckoutRequest{start(c), join(c, first.GetInvite())} {
		_, err := s.as("hanako").Checkout(t.Context(), req)
		wantReason(t, err, fault.AlreadyJoined, connect.CodeFailedPrecondition)
		if got := fault.Meta(err, "order_id"); got != first.GetOrder().GetOrderId() {
			t.Errorf("the order named is %q", got)
		}
	}
}

func TestAGroupThatExpiredCountsAgainstNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	for range 2 { // 5 units each, of 8 that one customer may have
		req := start(c)
		req.GetStart().Quantity, req.ExpectedTotal = 5, yen(5000)
		s.buy("hanako", req)
		s.w.Advance(24 * time.Hour) // and no sweep has come by
	}
	testenv.Eventually(t, func() error {
		return differ("outcomes to carry", count(t, s, "BuyerGroups WHERE FanOutShard IS NOT NULL"), 0)
	})
	s.verify()
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := open(t)
	for range openGroups {
		s.buy("hanako", start(s.campaign(2, 2, 10)))
	}
	_, err := s.as("hanako").Checkout(t.Context(), start(s.campaign(2, 2, 10)))
	wantReason(t, err, fault.LimitReached, connect.CodeFailedPrecondition)
}
