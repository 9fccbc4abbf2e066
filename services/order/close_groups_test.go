package main

import (
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

func TestAGroupIsClosedWhenItsOrdersHaveEnded(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	expired := s.buy("hanako", start(c))
	living := s.buy("jiro", join(c, s.buy("taro", start(c)).GetInvite()))
	s.becomes("jiro", living.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.w.Advance(24 * time.Hour)
	s.becomes("hanako", expired.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	states := func() [2]orderv1.GroupState {
		t.Helper()
		if _, err := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{}); err != nil {
			t.Fatal(err)
		}
		return [2]orderv1.GroupState{
			s.group("hanako", expired.GetGroup().GetGroupId()).GetGroup().GetState(), s.group("jiro", living.GetGroup().GetGroupId()).GetGroup().GetState(),
		}
	}
	const settled, gone, closed = orderv1.GroupState_GROUP_STATE_SETTLED, orderv1.GroupState_GROUP_STATE_EXPIRED, orderv1.GroupState_GROUP_STATE_CLOSED
	if got := states(); got != [2]orderv1.GroupState{gone, settled} {
		t.Errorf("at once the groups are %v", got)
	}
	s.w.Advance(closeAfter)
	for range 2 {
		if got := states(); got != [2]orderv1.GroupState{closed, settled} {
			t.Errorf("later they are %v: one has a living order", got)
		}
	}
	s.verify()
	for user, orderID := range map[string]string{"jiro": living.GetOrder().GetOrderId(), "taro": s.member("taro")} {
		if _, err := s.cancel(user, orderID); err != nil {
			t.Fatal(err)
		}
	}
	s.w.Advance(lookAgain)
	if got := states(); got != [2]orderv1.GroupState{closed, closed} {
		t.Errorf("in the end they are %v", got)
	}
	s.verify()
}

// member answers the order of the group that a user joined last.
func (s *shop) member(user string) string {
	s.t.Helper()
	res, err := s.as(user).ListMyGroups(s.t.Context(), &orderv1.ListMyGroupsRequest{PageSize: 1})
	if err != nil || len(res.GetGroups()) != 1 {
		s.t.Fatal(res, err)
	}
	return res.GetGroups()[0].GetMembership().GetOrderId()
}
