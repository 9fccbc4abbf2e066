package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// authorise asks payment to hold an order's money and records the answer. No answer is not a refusal: the order stays
// PENDING_PAYMENT, and the task, the event or the sweep finishes it.
func (s *server) authorise(ctx context.Context, o *order.Order) (*paymentv1.AuthoriseResponse, error) {
	res, err := failsafe.With[*paymentv1.AuthoriseResponse](s.breaker).WithContext(ctx).Get(func() (*paymentv1.AuthoriseResponse, error) {
		return s.payment.Authorise(ctx, &paymentv1.AuthoriseRequest{
			OrderId: o.OrderID, CustomerId: o.CustomerID, Amount: moneyOf(o.Total, o.Currency), SavedMethodId: o.SavedMethodID,
		})
	})
	if err != nil {
		if !errors.Is(err, circuitbreaker.ErrOpen) {
			slog.WarnContext(ctx, "payment did not answer; the order goes on later", "order_id", o.OrderID, "error", err)
		}
		return nil, nil
	}
	return res, s.record(ctx, o, res)
}

// record applies what payment says of an order.
func (s *server) record(ctx context.Context, o *order.Order, res *paymentv1.AuthoriseResponse) error {
	switch res.GetState() {
	case paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED, paymentv1.PaymentState_PAYMENT_STATE_CAPTURING, paymentv1.PaymentState_PAYMENT_STATE_CAPTURED:
		return s.authorised(ctx, o, res.GetPaymentId())
	case paymentv1.PaymentState_PAYMENT_STATE_FAILED:
		return s.declined(ctx, o)
	}
	return nil
}
