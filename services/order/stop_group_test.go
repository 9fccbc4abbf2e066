package main

import (
	"testing"
	"time"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

func (s *shop) stop(groupID string) (*orderv1.Group, error) {
	res, err := s.admin(testenv.User{ID: "op", Operator: true}).StopGroup(s.t.Context(), &orderv1.StopGroupRequest{GroupId: groupID, Reason: "the harvest failed"})
	return res.GetGroup(), err
}

func TestAnOperatorStopsAGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 5, 10)
	first := s.buy("hanako", start(c))
	silent := join(c, first.GetInvite())
	silent.Payment = saved("pm_card_silent")
	second := s.buy("taro", silent)
	groupID := first.GetGroup().GetGroupId()
	for range 2 {
		if g, err := s.stop(groupID); err != nil || g.GetState() != orderv1.GroupState_GROUP_STATE_CANCELLED {
			t.Fatalf("stopping = %v, %v", g, err)
		}
	}
	for user, orderID := range map[string]string{"hanako": first.GetOrder().GetOrderId(), "taro": second.GetOrder().GetOrderId()} {
		o := s.becomes(user, orderID, orderv1.OrderState_ORDER_STATE_CANCELLED)
		if o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_GROUP_CANCELLED {
			t.Errorf("%s's order is cancelled for %s", user, o.GetCancelReason())
		}
	}
	s.w.WaitEvent("group.cancelled")
	s.payment("payment.authorised", second.GetOrder().GetOrderId()) // revives nothing
	s.wantCounts(c.Skus[0], 10, 0)
	for _, step := range s.timeline("", groupID) {
		if step.GetWhat() == "operator stop" && (step.GetReason() != "the harvest failed" || step.GetActor() != "user/op") {
			t.Errorf("the audit says %v", step)
		}
	}
	s.verify()
}

func TestWhatCanBeStopped(t *testing.T) {
	t.Parallel()
	s := open(t)
	pending := func() string {
		req := start(s.campaign(2, 2, 10))
		req.Payment = saved("pm_card_silent")
		return s.buy("hanako", req).GetGroup().GetGroupId()
	}
	closing := func() string {
		c := s.campaign(2, 2, 10)
		first := s.buy("taro", start(c))
		s.w.Advance(24*time.Hour - 30*time.Second)
		req := join(c, first.GetInvite())
		req.Payment = saved("pm_card_silent")
		s.buy("jiro", req)
		s.w.Advance(time.Minute)
		return first.GetGroup().GetGroupId()
	}
	formed := func() string {
		c := s.campaign(2, 3, 10)
		return s.buy("d", join(c, s.buy("c", start(c)).GetInvite())).GetGroup().GetGroupId()
	}
	settled := func() string {
		c := s.campaign(2, 2, 10)
		return s.buy("f", join(c, s.buy("e", start(c)).GetInvite())).GetGroup().GetGroupId()
	}
	for _, test := range []struct {
		name string
		make func() string
		want fault.Reason
	}{{"pending", pending, ""}, {"closing", closing, ""}, {"formed", formed, fault.GroupOver}, {"settled", settled, fault.GroupOver}} {
		if _, err := s.stop(test.make()); fault.ReasonOf(err) != test.want {
			t.Errorf("stopping one that is %s = %v, want %q", test.name, err, test.want)
		}
	}
	_, err := s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).StopGroup(t.Context(), &orderv1.StopGroupRequest{GroupId: s.buy("z", start(s.campaign(2, 2, 10))).GetGroup().GetGroupId(), Reason: "x"})
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
}
