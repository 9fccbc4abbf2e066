package main

import (
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/order/internal/group"
)

func TestASeatHeldAtTheDeadlineMayConfirmInTheGrace(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24*time.Hour - 30*time.Second)
	req := join(c, first.GetInvite())
	req.Payment = saved("pm_card_silent")
	late := s.buy("taro", req).GetOrder()
	s.w.Advance(60 * time.Second)
	testenv.Eventually(t, func() error {
		return differ("group", s.group("hanako", first.GetGroup().GetGroupId()).GetGroup().GetState(), orderv1.GroupState_GROUP_STATE_CLOSING)
	})
	if _, err := s.cancel("hanako", first.GetOrder().GetOrderId()); fault.ReasonOf(err) != fault.OrderState {
		t.Errorf("leaving a closing group = %v, want ORDER_STATE", err)
	}
	s.answer(late.GetOrderId(), paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	s.payment("payment.authorised", late.GetOrderId())
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.becomes("taro", late.GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.wantCounts(c.Skus[0], 8, 0)
	s.verify()
}

func TestAPaymentAfterTheGraceRevivesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24*time.Hour - 30*time.Second)
	req := join(c, first.GetInvite())
	req.Payment = saved("pm_card_silent")
	late := s.buy("taro", req).GetOrder()
	s.w.Advance(30*time.Second + group.Grace)
	s.payment("payment.authorised", late.GetOrderId())
	s.becomes("taro", late.GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}
