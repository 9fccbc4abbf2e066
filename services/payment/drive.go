package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// patience is how long all calls of one run may take together. Under the lease (payment.Lease) and under the time that
// order gives Authorise.
const patience = 5500 * time.Millisecond

// advance does what a payment waits for; where it is not due, or is another's, it only looks how it stands at the provider.
// Silence and failures are kept in the rows, for the next run, and are no error.
func (s *paymentServer) advance(ctx context.Context, paymentID string) error {
	c, mine, err := s.advanceDue(ctx, paymentID)
	if err != nil || mine && (!c.Payment.Taken() || c.Payment.State == payment.Captured) {
		return err // of what was just done, or of money just taken, there is no more to be seen yet
	}
	return s.lookAgain(ctx, c)
}

// advanceDue does what a payment waits for when it is due and nobody else is at it, which mine tells. It answers the payment as
// it then stands.
func (s *paymentServer) advanceDue(ctx context.Context, paymentID string) (_ *payment.Change, mine bool, err error) {
	c, first, mine, err := s.claim(ctx, paymentID)
	if err != nil || !mine {
		return c, false, err
	}
	res, err := s.drive(ctx, c, first)
	return res.change, true, err
}

// lookAgain reads how a payment stands at the provider, where there is anything to see.
func (s *paymentServer) lookAgain(ctx context.Context, c *payment.Change) error {
	providing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch {
	case c.Payment.IntentID == "":
		return nil
	case c.Payment.Taken():
		return notProvider(s.lookAtMoney(ctx, providing, c))
	case c.Payment.Wants() == payment.Nothing:
		return nil
	}
	_, _, err := s.look(ctx, providing, c)
	return notProvider(err)
}

// claim leases a payment that is due and begins the call that it waits for, where nothing has to be known first; mine is false
// when it is not due, or is another's.
func (s *paymentServer) claim(ctx context.Context, paymentID string) (c *payment.Change, first call, mine bool, err error) {
	c, err = s.change(ctx, paymentID, func(c *payment.Change) error {
		first = call{}
		if mine = c.Claim(); mine {
			first.op, _ = c.BeginFirst(id.New("op"))
		}
		return nil
	})
	if mine && err == nil && c.Payment.Stuck(c.Now) {
		slog.ErrorContext(ctx, "a payment has been on its way for over an hour", "payment", paymentID, "state", c.Payment.State)
	}
	return c, first, mine, err
}

// call is one that is begun: its op is written, with the lease. The zero call is yet to be found out.
type call struct {
	op         payment.Op
	customerID string // for OpCreate
}

// drive makes the provider's calls that a payment waits for, until its state is another or a call leads nowhere: first the
// one that is begun, if there is one. The caller holds the lease. The intent that is answered is the last one seen, with
// its client secret.
func (s *paymentServer) drive(ctx context.Context, c *payment.Change, begun call) (result, error) {
	providing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	res := result{change: c, begun: begun}
	for start := c.Payment.State; res.change.Payment.State == start; {
		next, more, err := s.step(ctx, providing, res)
		if err != nil {
			return res, err
		}
		if res = next; !more {
			break
		}
	}
	return res, nil
}

// result is a payment after a step, and the provider's object where it was seen.
type result struct {
	change *payment.Change
	intent provider.Intent
	begun  call // what is to be called next, if that is written already
}

// step makes one call: a look when the wanted call was made before, then the call itself unless the look has settled it.
// More is false when nothing more can be done now.
func (s *paymentServer) step(ctx, providing context.Context, res result) (_ result, more bool, err error) {
	if res.begun.op.ID != "" {
		return s.finish(ctx, providing, res.change, res.begun)
	}
	kind := res.change.Payment.Wants()
	if kind == payment.Nothing {
		return res, false, nil
	}
	if kind == payment.Read || res.change.Tried(kind) {
		seen, open, err := s.look(ctx, providing, res.change)
		if err != nil {
			return s.missed(ctx, res, err)
		}
		moved := seen.change.Payment.Wants() != kind || seen.change.Payment.State != res.change.Payment.State
		if moved {
			return seen, true, nil
		}
		if kind == payment.Read || !open {
			return s.later(ctx, seen)
		}
		res = seen
	}
	return s.send(ctx, providing, res, kind)
}

// missed puts a payment behind a look that was not answered.
func (s *paymentServer) missed(ctx context.Context, res result, err error) (result, bool, error) {
	if notProvider(err) != nil {
		return res, false, err
	}
	kind := provider.KindOf(err)
	c, err := s.change(ctx, res.change.Payment.ID, func(c *payment.Change) error {
		if kind == provider.NoAnswer || kind == provider.Broken {
			c.LoseAnswer()
		}
		c.Again(res.change.Payment.State)
		return nil
	})
	return result{change: c}, false, err
}

// later puts a payment behind a look that has shown nothing new.
func (s *paymentServer) later(ctx context.Context, res result) (result, bool, error) {
	c, err := s.change(ctx, res.change.Payment.ID, func(c *payment.Change) error {
		c.Again(res.change.Payment.State)
		return nil
	})
	res.change = c
	return res, false, err
}

// send makes the wanted call: its op is written first, and what came of it after.
func (s *paymentServer) send(ctx, providing context.Context, res result, kind payment.Kind) (result, bool, error) {
	customerID := ""
	if kind == payment.OpCreate {
		var err error
		if customerID, err = s.providerCustomer(ctx, providing, res.change.Payment.CustomerID); err != nil {
			return s.missed(ctx, res, err)
		}
	}
	c, op, wanted, err := s.begin(ctx, res.change.Payment.ID, kind)
	switch {
	case err != nil:
		return res, false, err
	case !wanted:
		return s.later(ctx, result{change: c, intent: res.intent})
	}
	return s.finish(ctx, providing, c, call{op, customerID})
}

// finish makes a call that is begun and writes what came of it, together with the op of the next call where it is known.
func (s *paymentServer) finish(ctx, providing context.Context, c *payment.Change, begun call) (result, bool, error) {
	got := s.ask(providing, c.Payment, begun.op, begun.customerID)
	c, next, err := s.end(ctx, c, begun.op, got)
	if err != nil {
		return result{change: c}, false, err
	}
	return result{change: c, intent: got.intent, begun: call{op: next}}, c.Moved(), nil
}

// begin writes the op under which a call is about to be made; false when the payment does not want it (yet, or any more).
func (s *paymentServer) begin(ctx context.Context, paymentID string, kind payment.Kind) (c *payment.Change, op payment.Op, wanted bool, err error) {
	c, err = s.change(ctx, paymentID, func(c *payment.Change) error {
		op, wanted = c.Begin(kind, id.New("op"))
		return nil
	})
	return c, op, wanted, err
}

// end writes what came of an op. When the payment was created there and is to be confirmed, it begins that too.
func (s *paymentServer) end(ctx context.Context, began *payment.Change, op payment.Op, got answer) (_ *payment.Change, next payment.Op, err error) {
	if got.err != nil {
		slog.Log(ctx, levelOf(got.err), "the provider has not done it", "payment", op.PaymentID, "op", op.ID, "kind", op.Kind, "error", got.err)
	}
	c, err := s.change(ctx, op.PaymentID, func(c *payment.Change) error {
		next = payment.Op{}
		if err := got.apply(c, op); err != nil {
			return err
		}
		if op.Kind == payment.OpCreate && got.err == nil && c.Payment.State == payment.Created && !c.Tried(payment.OpConfirm) {
			next, _ = c.Begin(payment.OpConfirm, id.New("op"))
		}
		c.Again(began.Payment.State)
		return nil
	})
	return c, next, err
}

// levelOf is how loud a failure is: a decline is everyday, a refused key has to be looked at.
func levelOf(err error) slog.Level {
	switch provider.KindOf(err) {
	case provider.Declined, provider.WrongState:
		return slog.LevelInfo
	case provider.Denied:
		return slog.LevelError
	}
	return slog.LevelWarn
}

// notProvider is err unless it is the provider's, which the rows deal with.
func notProvider(err error) error {
	var failure *provider.Error
	if errors.As(err, &failure) {
		return nil
	}
	return err
}
