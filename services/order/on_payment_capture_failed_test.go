package main

import (
	"net/http"
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/testenv"
)

func TestAHoldThatEndedBeforeItWasHeardOf(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Payment = saved("pm_card_silent")
	res := s.buy("hanako", req)
	s.payment("payment.capture_failed", res.GetOrder().GetOrderId())
	if g := s.group("hanako", res.GetGroup().GetGroupId()); g.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_ABORTED {
		t.Errorf("group is %s", g.GetGroup().GetState())
	}
	s.buy("hanako", start(c)) // the slot is free again
	s.verify()
}

func TestAHoldThatEndsInAnOpenGroupLeavesIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 5, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	s.payment("payment.capture_failed", second)
	if g := s.group("hanako", first.GetGroup().GetGroupId()); g.GetGroup().GetConfirmed() != 1 {
		t.Errorf("group = %v", g)
	}
	s.wantCounts(c.Skus[0], 10, 1)
	s.verify()
}

func TestAHoldThatEndsInTheGraceWaitsForTheGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 3, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24*time.Hour - 30*time.Second)
	req := join(c, first.GetInvite())
	req.Payment = saved("pm_card_silent")
	late := s.buy("taro", req).GetOrder().GetOrderId()
	s.w.Advance(60 * time.Second)
	hanako := first.GetOrder().GetOrderId()
	failed := testenv.NewEvent(t, "payment", "payment.capture_failed", "payment/"+s.paymentOf(hanako), 2, &paymentv1.PaymentEvent{OrderId: hanako})
	if status := s.w.Deliver(s.base, failed); status != http.StatusServiceUnavailable {
		t.Errorf("the event was answered %d, want it to come again", status)
	}
	s.payment("payment.authorised", late)
	s.becomes("taro", late, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.w.DeliverTwice(s.base, failed)
	if o := s.order("hanako", hanako); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_CAPTURE_FAILED {
		t.Errorf("order = %v", o)
	}
	s.wantCounts(c.Skus[0], 9, 0)
	s.verify()
}

func TestACaptureAfterTheCancelAndOneThatFailsInASettledGroup(t *testing.T) {
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
