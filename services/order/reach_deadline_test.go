package main

import (
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
)

func TestAGroupThatNobodyJoinsExpires(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	res := s.buy("hanako", start(c))
	s.w.WaitTask("order-deadline")
	s.w.Advance(24 * time.Hour)
	o := s.becomes("hanako", res.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	if o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_GROUP_EXPIRED {
		t.Errorf("cancelled for %s", o.GetCancelReason())
	}
	s.w.WaitEvent("group.expired")
	s.w.WaitEvent("order.cancelled")
	s.wantCounts(c.Skus[0], 10, 0)
	if g := s.group("hanako", res.GetGroup().GetGroupId()); g.GetMembership().GetState() != orderv1.MemberState_MEMBER_STATE_FAILED || g.GetInvite() != nil {
		t.Errorf("membership = %v", g)
	}
	_, err := s.as("taro").Checkout(t.Context(), join(c, res.GetInvite()))
	wantReason(t, err, fault.GroupOver, connect.CodeFailedPrecondition)
	s.buy("hanako", start(c)) // the slot is free again
	s.verify()
	unsigned, _, err := spandb.One[struct{ N int64 }](t.Context(), s.db.Single(), "unsigned", spanner.Statement{
		SQL: "SELECT COUNT(*) AS N FROM Audit WHERE Actor = 'public' OR Method = ''",
	})
	if err != nil || unsigned.N != 0 {
		t.Errorf("%d rows of the audit do not say who did it, %v", unsigned.N, err)
	}
}

func TestTasksComeEarlyTwiceAndLate(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 3, 10)
	req := start(c)
	req.Payment = saved("pm_card_silent")
	unpaid := s.buy("jiro", req).GetOrder()
	res := s.buy("hanako", start(c))
	tasks := s.by("tasks")
	run := func() {
		t.Helper()
		for range 2 {
			_, err := tasks.ReachDeadline(t.Context(), &orderv1.ReachDeadlineRequest{GroupId: res.GetGroup().GetGroupId()})
			_, err2 := tasks.ExpireHold(t.Context(), &orderv1.ExpireHoldRequest{OrderId: unpaid.GetOrderId()})
			_, err3 := tasks.FanOut(t.Context(), &orderv1.FanOutRequest{GroupId: res.GetGroup().GetGroupId()})
			_, err4 := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{})
			for _, err := range []error{err, err2, err3, err4} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	run()
	if got := s.order("hanako", res.GetOrder().GetOrderId()).GetState(); got != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		t.Errorf("early: order is %s", got)
	}
	s.w.Advance(25 * time.Hour)
	run()
	if got := s.order("hanako", res.GetOrder().GetOrderId()).GetCancelReason(); got != orderv1.CancelReason_CANCEL_REASON_GROUP_EXPIRED {
		t.Errorf("late: order is cancelled for %s", got)
	}
	if got := s.order("jiro", unpaid.GetOrderId()).GetCancelReason(); got != orderv1.CancelReason_CANCEL_REASON_PAYMENT_TIMEOUT {
		t.Errorf("late: unpaid order is cancelled for %s", got)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}
