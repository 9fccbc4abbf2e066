package main

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"
	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// patience is the least time in which payment has to answer for its silence to count against it. A customer in a greater
// hurry learns nothing about payment.
const patience = 5 * time.Second

// ask asks payment to hold an order's money. No answer is not a refusal: the order stays PENDING_PAYMENT, and the task, the
// event or the sweep finishes it.
func (s *server) ask(ctx context.Context, o *order.Order) (*paymentv1.AuthoriseResponse, error) {
	hurried := inHurry(ctx)
	res, err := failsafe.With[*paymentv1.AuthoriseResponse](s.breaker).WithContext(ctx).Get(func() (*paymentv1.AuthoriseResponse, error) {
		res, err := s.payment.Authorise(ctx, &paymentv1.AuthoriseRequest{
			OrderId: o.OrderID, CustomerId: o.CustomerID, Amount: moneyOf(o.Total, o.Currency), SavedMethodId: o.SavedMethodID,
		})
		if hurried && connect.CodeOf(err) == connect.CodeDeadlineExceeded {
			err = connect.NewError(connect.CodeCanceled, err)
		}
		return res, err
	})
	if errors.Is(err, circuitbreaker.ErrOpen) {
		return nil, fault.New(fault.ProviderUnavailable).RetryIn(s.breaker.RemainingDelay())
	}
	return res, fault.FromRPC(err, "payment")
}

// inHurry says whether ctx ends too soon for payment to be blamed.
func inHurry(ctx context.Context) bool {
	end, ok := ctx.Deadline()
	return ok && time.Until(end) < patience
}

// record applies what payment says of an order, and answers the order as this has left it, if it has.
func (s *server) record(ctx context.Context, o *order.Order, res *paymentv1.AuthoriseResponse) (*view, error) {
	switch res.GetState() {
	case paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED, paymentv1.PaymentState_PAYMENT_STATE_CAPTURING, paymentv1.PaymentState_PAYMENT_STATE_CAPTURED:
		return s.authorised(ctx, o, res.GetPaymentId())
	case paymentv1.PaymentState_PAYMENT_STATE_FAILED:
		return nil, s.declined(ctx, o, res.GetDeclineCode())
	}
	return nil, nil
}
