package main

import (
	"errors"
	"net/http"
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestTheTaskFinishesACheckoutThatDied(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Payment = saved("pm_card_silent")
	orderID := s.buy("hanako", req).GetOrder().GetOrderId()
	s.answer(orderID, paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	testenv.Eventually(t, func() error { // the sweep hands it over: most checkouts need none
		_, err := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{})
		if err == nil && len(s.w.Tasks()) == 0 {
			err = errors.New("no task yet")
		}
		return err
	})
	task := s.w.WaitTask("order-authorise")
	s.fail(true)
	if status := s.w.RunTask(s.base, task); status != http.StatusServiceUnavailable {
		t.Errorf("while payment is silent the task answered %d, want it to come again", status)
	}
	s.fail(false)
	for range 2 {
		if status := s.w.RunTask(s.base, task); status != 200 {
			t.Fatalf("the task answered %d", status)
		}
	}
	if o := s.order("hanako", orderID); o.GetState() != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		t.Errorf("order is %s", o.GetState())
	}
	s.verify()
}
