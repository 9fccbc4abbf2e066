package main

import (
	"context"
	"errors"

	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// answer is what came of one op's call.
type answer struct {
	intent provider.Intent
	refund provider.Refund
	err    error
}

// ask sends an op. Its id is the idempotency key, and everything in it comes from rows, so that a repeat is the same.
func (s *paymentServer) ask(ctx context.Context, p payment.Payment, op payment.Op, customerID string) answer {
	var a answer
	switch op.Kind {
	case payment.OpCreate:
		a.intent, a.err = s.provider.Create(ctx, op.ID, provider.Hold{
			PaymentID: p.ID, OrderID: p.OrderID, CustomerID: customerID, Amount: op.Amount, Currency: op.Currency,
		})
	case payment.OpConfirm:
		a.intent, a.err = s.provider.Confirm(ctx, op.ID, p.IntentID, p.SavedMethodID)
	case payment.OpCapture:
		a.intent, a.err = s.provider.Capture(ctx, op.ID, p.IntentID, op.Amount)
	case payment.OpCancel:
		a.intent, a.err = s.provider.Cancel(ctx, op.ID, p.IntentID)
	case payment.OpRefund:
		a.refund, a.err = s.provider.Refund(ctx, op.ID, p.IntentID, op.RefundID, op.Amount)
	}
	return a
}

// apply moves the payment by the answer to op.
func (a answer) apply(c *payment.Change, op payment.Op) error {
	var failure *provider.Error
	switch {
	case errors.As(a.err, &failure):
		return failed(c, op, failure)
	case a.err != nil:
		return a.err
	case op.Kind == payment.OpRefund:
		applyRefund(c, a.refund)
		return nil
	}
	return c.See(sight(a.intent))
}

// failed moves the payment by a call that did not succeed: only a definite no ends anything.
func failed(c *payment.Change, op payment.Op, e *provider.Error) error {
	switch e.Kind {
	case provider.NoAnswer:
		c.LoseAnswer()
	case provider.Broken:
		c.EndOp(op.ID, payment.OpSpent, e.Code)
		c.LoseAnswer()
	case provider.Busy, provider.Denied: // nothing was done
	default:
		c.EndOp(op.ID, payment.OpRefused, e.Code)
		return refused(c, op, e)
	}
	return nil
}

// refused takes a definite no. What the object shows goes first: it may have moved on already.
func refused(c *payment.Change, op payment.Op, e *provider.Error) error {
	state := c.Payment.State
	if e.Intent != nil {
		if err := c.See(sight(*e.Intent)); err != nil || c.Payment.State != state {
			return err
		}
	}
	switch {
	case op.Kind == payment.OpCreate || op.Kind == payment.OpConfirm && e.Kind != provider.WrongState:
		c.Decline(e.Code)
	case op.Kind == payment.OpRefund:
		c.RefundRefused(op.RefundID, e.Code)
	case op.Kind == payment.OpCapture && (e.Kind == provider.Declined || e.Code == "charge_expired_for_capture"):
		c.FailCapture(e.Code)
	}
	return nil
}

// applyRefund moves the payment by a refund as the provider shows it.
func applyRefund(c *payment.Change, re provider.Refund) {
	switch re.Status {
	case provider.RefundMade:
		c.RefundMade(re.RefundID, re.ID)
	case provider.RefundFailed:
		c.RefundFailed(re.RefundID, re.ID, re.OpID, re.Code)
	case provider.RefundPending:
		c.RefundPending(re.RefundID, re.ID)
	}
}
