package main

import (
	"context"

	"github.com/issho-shop/issho/services/payment/internal/customer"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// look reads a payment's object at the provider and moves the payment forward to what it shows. Open tells that the wanted
// call has not been made: nothing at the provider stands in the way of making it.
func (s *paymentServer) look(ctx, providing context.Context, c *payment.Change) (_ result, open bool, err error) {
	switch {
	case c.Payment.State == payment.Refunding:
		return s.lookAtRefunds(ctx, providing, c)
	case c.Payment.IntentID == "":
		return s.lookForIntent(ctx, providing, c)
	}
	in, err := s.provider.Intent(providing, c.Payment.IntentID)
	if err != nil {
		return result{}, false, err
	}
	seen, err := s.see(ctx, c.Payment.ID, in)
	return result{change: seen, intent: in}, in.Status != provider.Processing, err
}

func (s *paymentServer) see(ctx context.Context, paymentID string, in provider.Intent) (*payment.Change, error) {
	return s.change(ctx, paymentID, func(c *payment.Change) error {
		return c.See(sight(in))
	})
}

// lookForIntent finds what a creation without a usable answer has left. A payment that is being voided and has left
// nothing is done.
func (s *paymentServer) lookForIntent(ctx, providing context.Context, c *payment.Change) (result, bool, error) {
	cus, ok, err := customer.Get(ctx, s.db.Single(), c.Payment.CustomerID)
	if err != nil {
		return result{}, false, err
	}
	var in provider.Intent
	found := false
	if ok && cus.ProviderID != "" {
		if in, found, err = s.provider.Find(providing, cus.ProviderID, c.Payment.ID); err != nil {
			return result{}, false, err
		}
	}
	seen, err := s.change(ctx, c.Payment.ID, func(c *payment.Change) error {
		if found {
			return c.See(sight(in))
		}
		if !c.Repeatable(payment.OpCreate) {
			c.Abandon()
		}
		return nil
	})
	return result{change: seen, intent: in}, !found, err
}

// lookAtMoney reads what became of money that was taken: its refunds, and disputes.
func (s *paymentServer) lookAtMoney(ctx, providing context.Context, c *payment.Change) error {
	if len(c.Refunds) > 0 {
		res, _, err := s.lookAtRefunds(ctx, providing, c)
		if err != nil {
			return err
		}
		c = res.change
	}
	disputes, err := s.provider.Disputes(providing, c.Payment.IntentID)
	if err != nil || len(disputes) == 0 {
		return err
	}
	_, err = s.change(ctx, c.Payment.ID, func(c *payment.Change) error {
		for _, d := range disputes {
			c.SeeDispute(d.ID, d.Amount, payment.DisputeStatus(d.Status))
		}
		return nil
	})
	return err
}

// lookAtRefunds reads how the refunds stand that were asked of the provider. One that it is still at is not asked again.
func (s *paymentServer) lookAtRefunds(ctx, providing context.Context, c *payment.Change) (result, bool, error) {
	made, err := s.provider.Refunds(providing, c.Payment.IntentID)
	if err != nil {
		return result{}, false, err
	}
	pending := false
	seen, err := s.change(ctx, c.Payment.ID, func(c *payment.Change) error {
		pending = false
		for _, re := range made {
			applyRefund(c, re)
		}
		if r, ok := c.NextRefund(); ok {
			pending = r.ProviderID != ""
		}
		return nil
	})
	return result{change: seen}, !pending, err
}
