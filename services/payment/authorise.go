package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
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
	c, isNew, err := s.place(ctx, req)
	if err != nil {
		return nil, err
	}
	res := result{change: c}
	switch {
	case isNew:
		res, err = s.drive(ctx, c)
	case c.Payment.Due(c.Now) && c.Payment.State != payment.Action:
		res, err = s.driveDue(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	return s.answerAuthorise(ctx, res)
}

// place finds the order's payment or makes it, leased to us.
func (s *paymentServer) place(ctx context.Context, req *paymentv1.AuthoriseRequest) (c *payment.Change, isNew bool, err error) {
	down := s.provider.Down()
	_, err = s.outbox.Update(ctx, "authorise", func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		known, ok, err := payment.OfOrder(ctx, tx, req.GetOrderId())
		if err != nil {
			return err
		}
		if isNew = !ok; ok {
			c, _, err = payment.Load(ctx, tx, known, now)
			if err != nil {
				return err
			}
			return sameOrder(c.Payment, req)
		}
		if down {
			return fault.New(fault.ProviderUnavailable)
		}
		c = payment.New(payment.Payment{
			ID: id.New("pay"), OrderID: req.GetOrderId(), CustomerID: req.GetCustomerId(),
			Amount: req.GetAmount().GetAmount(), Currency: req.GetAmount().GetCurrency(), SavedMethodID: req.GetSavedMethodId(),
		}, now)
		return write(ctx, tx, out, c)
	})
	return c, isNew, err
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
	c, mine, err := s.claim(ctx, c.Payment.ID)
	if err != nil || !mine {
		return result{change: c}, err
	}
	return s.drive(ctx, c)
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
