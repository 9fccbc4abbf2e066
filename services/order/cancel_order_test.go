package main

import (
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

func (s *shop) cancel(user, orderID string) (*orderv1.Order, error) {
	res, err := s.as(user).CancelOrder(s.t.Context(), &orderv1.CancelOrderRequest{OrderId: orderID})
	return res.GetOrder(), err
}

func TestLeavingAndSuccession(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 5, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	left, err := s.cancel("hanako", first.GetOrder().GetOrderId())
	if err != nil || left.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || left.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_LEFT_GROUP {
		t.Fatalf("leaving = %v, %v", left, err)
	}
	g := s.group("taro", first.GetGroup().GetGroupId())
	if !g.GetMembership().GetLeader() || g.GetGroup().GetConfirmed() != 1 || g.GetGroup().GetDeadline().AsTime() != first.GetGroup().GetDeadline().AsTime() {
		t.Errorf("group = %v", g)
	}
	s.buy("hanako", join(c, second.GetInvite())) // joining again is allowed
	for _, who := range []struct{ user, order string }{{"taro", second.GetOrder().GetOrderId()}} {
		if _, err := s.cancel(who.user, who.order); err != nil {
			t.Fatal(err)
		}
	}
	again, err := s.as("hanako").ListMyGroups(t.Context(), &orderv1.ListMyGroupsRequest{})
	if err != nil || len(again.GetGroups()) != 1 || !again.GetGroups()[0].GetMembership().GetLeader() {
		t.Fatalf("hanako's groups = %v, %v", again, err)
	}
	if _, err := s.cancel("hanako", again.GetGroups()[0].GetMembership().GetOrderId()); err != nil {
		t.Fatal(err)
	}
	s.w.WaitEvent("group.cancelled")
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestTheSuccessorIsTheLeaderOfWhatIsPaid(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 3, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	if _, err := s.cancel("hanako", first.GetOrder().GetOrderId()); err != nil {
		t.Fatal(err)
	}
	s.buy("jiro", join(c, second.GetInvite()))
	s.buy("saburo", join(c, second.GetInvite()))
	taro := second.GetOrder().GetOrderId()
	s.becomes("taro", taro, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.payment("payment.captured", taro)
	var paid orderv1.OrderEvent
	s.w.WaitEvent("order.paid").Decode(t, &paid)
	if paid.GetOrderId() != taro || paid.GetLeaderId() != "taro" {
		t.Errorf("order.paid = %v, want taro to lead", &paid)
	}
	s.verify()
}

func TestCancellingInAFormedGroupLeavesTheGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 4, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	if second.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_FORMED {
		t.Fatalf("group is %s", second.GetGroup().GetState())
	}
	if _, err := s.cancel("taro", second.GetOrder().GetOrderId()); err != nil {
		t.Fatal(err)
	}
	if g := s.group("taro", first.GetGroup().GetGroupId()); g.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_FORMED || g.GetMembership().GetState() != orderv1.MemberState_MEMBER_STATE_CANCELLED {
		t.Errorf("group = %v", g)
	}
	s.w.Advance(24 * time.Hour)
	o := s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	if o.GetFinalAmounts().GetItems().GetAmount() != 1000 {
		t.Errorf("one member alone pays %v, want the first tier", o.GetFinalAmounts())
	}
	s.verify()
}
