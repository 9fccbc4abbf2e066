package main

import (
	"context"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// leastYen is the least that the provider charges.
const leastYen = 50

// Authorise holds an order's total, once however often it is called. It answers within the provider's patience: when the
// provider hangs, the payment is UNKNOWN and finds out by itself. What was begun goes on when the caller hangs up.
func (s *paymentServer) Authorise(ctx context.Context, req *paymentv1.AuthoriseRequest) (*paymentv1.AuthoriseResponse, error) {
	if m := req.GetAmount(); m.GetAmount() <= 0 || m.GetCurrency() == "JPY" && m.GetAmount() < leastYen {
		return nil, fault.Field("amount.amount", "is less than the provider charges")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience+2*time.Second)
	defer cancel()
	c, op, err := s.place(ctx, req)
	if err != nil {
		return nil, err
	}
	res := result{change: c}
	switch {
	case op != nil:
		res, err = s.drive(ctx, c, *op)
	case c.Payment.Due(c.Now) && c.Payment.State != payment.Action:
		res, err = s.driveDue(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	return s.answerAuthorise(ctx, res)
}

// place finds the order's payment or makes it, leased to us, with the call that is to be made first: none yet where the
// provider does not know the customer, and nil where the payment was there.
func (s *paymentServer) place(ctx context.Context, req *paymentv1.AuthoriseRequest) (c *payment.Change, first *call, err error) {
	down := s.provider.Down()
	customerID := s.customers.known(req.GetCustomerId())
	t := &task{ctx: ctx, order: req.GetOrderId()}
	t.make = func(now time.Time) *payment.Change {
		return payment.New(payment.Payment{
			ID: id.New("pay"), OrderID: req.GetOrderId(), CustomerID: req.GetCustomerId(),
			Amount: req.GetAmount().GetAmount(), Currency: req.GetAmount().GetCurrency(), SavedMethodID: req.GetSavedMethodId(),
		}, now)
	}
	t.fn = func(c *payment.Change) error {
		first = nil
		switch {
		case !t.isNew:
			return sameOrder(c.Payment, req)
		case down:
			return fault.New(fault.ProviderUnavailable)
		}
		first = &call{customerID: customerID}
		if customerID != "" {
			first.op, _ = c.Begin(payment.OpCreate, id.New("op"))
		}
		return nil
	}
	if err := s.lane.Do(ctx, t); err != nil {
		return nil, nil, err
	}
	return t.done, first, nil
}

// sameOrder refuses a repeat that asks for something else. An order that died before it was paid for was never asked.
func sameOrder(p payment.Payment, req *paymentv1.AuthoriseRequest) error {
	if p.State == payment.Voided && p.IntentID == "" {
		return nil
	}
	if p.CustomerID != req.GetCustomerId() || p.Amount != req.GetAmount().GetAmount() || p.Currency != req.GetAmount().GetCurrency() {
		return fault.Field("order_id", "has a payment of another amount or customer")
	}
	return nil
}

// driveDue goes on with a payment that was left behind.
func (s *paymentServer) driveDue(ctx context.Context, c *payment.Change) (result, error) {
	c, first, mine, err := s.claim(ctx, c.Payment.ID)
	if err != nil || !mine {
		return result{change: c}, err
	}
	return s.drive(ctx, c, first)
}

// answerAuthorise says how the payment stands. The client secret is the provider's to give, every time: it is not stored.
func (s *paymentServer) answerAuthorise(ctx context.Context, res result) (*paymentv1.AuthoriseResponse, error) {
	if res.change.Payment.State == payment.Action && res.intent.ClientSecret == "" {
		providing, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		seen, _, err := s.look(ctx, providing, res.change)
		switch {
		case notProvider(err) != nil:
			return nil, err
		case err != nil:
			return nil, fault.New(fault.ProviderUnavailable).Because(err)
		}
		res = seen
	}
	p := res.change.Payment
	out := &paymentv1.AuthoriseResponse{PaymentId: p.ID, State: wireState(p.State)}
	switch p.State {
	case payment.Action:
		out.ClientSecret = res.intent.ClientSecret
	case payment.Failed:
		out.DeclineCode = p.DeclineCode
	}
	return out, nil
}
