package main

import (
	"sync"
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func TestTheFriendWhoJoinsSettlesTheGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	if second.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_CONFIRMED || second.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_SETTLED {
		t.Errorf("order is %s, group is %s", second.GetOrder().GetState(), second.GetGroup().GetState())
	}
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.wantCounts(c.Skus[0], 8, 0)
	for _, who := range []struct{ user, order string }{{"hanako", first.GetOrder().GetOrderId()}, {"taro", second.GetOrder().GetOrderId()}} {
		s.payment("payment.captured", who.order)
		if o := s.order(who.user, who.order); o.GetState() != orderv1.OrderState_ORDER_STATE_PAID || o.GetFinalAmounts().GetTotal().GetAmount() != 1550 {
			t.Errorf("%s's order = %v", who.user, o)
		}
	}
	var paid orderv1.OrderEvent
	s.w.WaitEvent("order.paid").Decode(t, &paid)
	if paid.GetLeaderId() != "hanako" || paid.GetFinalTotal().GetAmount() != 1550 {
		t.Errorf("order.paid = %v", &paid)
	}
	if paid.GetCustomerId() == "taro" && paid.GetInviterId() != "hanako" {
		t.Errorf("taro was invited by %q", paid.GetInviterId())
	}
	s.verify()
}

func TestTheLastSeatGoesToOne(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 100)
	first := s.buy("hanako", start(c))
	spare := s.buy("saburo", start(c))
	users := []string{"a", "b", "c", "d", "e", "f"}
	errs := make([]error, len(users))
	var all sync.WaitGroup
	for i, user := range users {
		all.Go(func() { _, errs[i] = s.as(user).Checkout(t.Context(), join(c, first.GetInvite())) })
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			continue
		}
		if reason := fault.ReasonOf(err); reason != fault.GroupFull && reason != fault.GroupOver {
			t.Errorf("%s lost with %v", users[i], err)
		}
		ways, ok := fault.Detail[*orderv1.WaysOn](err)
		if !ok || !ways.GetCanStart() || ways.GetSoloPrice().GetAmount() != 1200 || len(ways.GetGroups()) != 1 ||
			ways.GetGroups()[0].GetGroup().GetGroupId() != spare.GetGroup().GetGroupId() || ways.GetGroups()[0].GetInvite().GetToken() == "" {
			t.Errorf("%s was shown %v", users[i], ways)
		}
	}
	if won != 1 {
		t.Errorf("%d took the last seat", won)
	}
	s.wantCounts(c.Skus[0], 98, 1)
	s.verify()
}

func TestAllPayTheTierReached(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 4, 10)
	first := s.buy("user-0", start(c))
	orders := []string{first.GetOrder().GetOrderId()}
	for _, user := range []string{"user-1", "user-2", "user-3"} {
		orders = append(orders, s.buy(user, join(c, first.GetInvite())).GetOrder().GetOrderId())
	}
	for i, orderID := range orders {
		o := s.becomes([]string{"user-0", "user-1", "user-2", "user-3"}[i], orderID, orderv1.OrderState_ORDER_STATE_CONFIRMED)
		if o.GetFinalAmounts().GetTotal().GetAmount() != 1450 || o.GetAmounts().GetTotal().GetAmount() != 1550 {
			t.Errorf("held %v, final %v", o.GetAmounts(), o.GetFinalAmounts())
		}
	}
	s.wantCounts(c.Skus[0], 6, 0)
	s.verify()
}
