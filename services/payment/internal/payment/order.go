package payment

import (
	"errors"
	"fmt"
)

const orderCancelled = "order.cancelled"

// ErrAmount is returned for an order that asks for more money than there is, or for none.
var ErrAmount = errors.New("amount out of range")

// ErrEarly is returned for what an order asks of a payment that has not come so far: the event has overtaken its cause.
var ErrEarly = errors.New("payment is not authorised yet")

// Capture is order.confirmed: take amount of what is held, or less. An order that has died is not charged.
func (c *Change) Capture(amount int64) error {
	p := &c.Payment
	if p.Dead {
		return nil
	}
	switch p.State {
	case Created, Action, Unknown:
		return ErrEarly
	case Authorised:
		if amount <= 0 || amount > p.Authorised {
			return fmt.Errorf("capture %d of %d: %w", amount, p.Authorised, ErrAmount)
		}
		p.ToCapture = amount
		c.to(Capturing, "order.confirmed")
	}
	return nil
}

// OrderCancelled returns all of the order's money, whatever state it finds: what is held is given up, what was taken goes
// back, and what still arrives later goes back then, once.
func (c *Change) OrderCancelled() {
	p := &c.Payment
	if p.Dead {
		return
	}
	p.Dead = true
	switch p.State {
	case Created, Action, Unknown, Authorised, CaptureFailed:
		c.to(Voiding, orderCancelled)
		if p.IntentID == "" && len(c.Ops) == 0 {
			c.Abandon() // the provider was never asked
		}
	case Captured, PartlyRefunded, Won, Disputed:
		c.giveBack(orderCancelled)
	case Refunding:
		if !p.NextAt.Valid && c.unasked() > 0 { // its refunds wait for a decision
			c.giveBack(orderCancelled)
			return
		}
		c.note(p.State, orderCancelled) // goes on when the present refund is made
	case Capturing, Failed, Lost:
		c.note(p.State, orderCancelled)
	case Voiding, Voided, Refunded:
	}
}
