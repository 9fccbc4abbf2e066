package payment

import (
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
)

// Status is how the provider's object stands, in our words.
type Status string

// What the provider can show.
const (
	Unconfirmed Status = "UNCONFIRMED" // nobody has tried to pay
	Refused     Status = "REFUSED"     // the last try was declined
	NeedsAction Status = "ACTION"
	Processing  Status = "PROCESSING"
	Held        Status = "HELD"
	Taken       Status = "TAKEN"
	Cancelled   Status = "CANCELLED"
)

// Sight is the provider's object as it was read or answered.
type Sight struct {
	IntentID      string
	Status        Status
	Amount        int64  // taken, or held
	Code          string // of a refusal, or why it was cancelled
	CaptureBefore time.Time
}

// captureFor is how long a capture is tried while the provider shows the money as merely held.
const captureFor = 24 * time.Hour

// See moves the payment forward to what the provider shows: the one transition of replies, webhooks, tasks and sweep. What
// the payment has already passed changes nothing.
func (c *Change) See(s Sight) error {
	p := &c.Payment
	if p.IntentID == "" && s.IntentID != "" {
		p.IntentID = s.IntentID
	}
	if p.IntentID != s.IntentID {
		return fmt.Errorf("payment %s is about %s, not about %s", p.ID, p.IntentID, s.IntentID)
	}
	c.settle(OpCreate)
	switch s.Status {
	case Unconfirmed:
		c.seeUnconfirmed()
	case NeedsAction:
		c.settle(OpConfirm)
		c.needAction("action needed")
	case Refused:
		c.Decline(s.Code)
	case Held:
		return c.seeHeld(s)
	case Taken:
		return c.seeTaken(s)
	case Cancelled:
		c.seeCancelled(s)
	}
	return nil
}

func (c *Change) seeUnconfirmed() {
	if c.Payment.SavedMethodID == "" {
		c.needAction("the app confirms")
	}
}

func (c *Change) needAction(reason string) {
	switch c.Payment.State {
	case Created, Unknown:
		c.to(Action, reason)
	}
}

func (c *Change) seeHeld(s Sight) error {
	c.settle(OpConfirm)
	p := &c.Payment
	switch p.State {
	case Created, Action, Unknown:
		if s.Amount != p.Amount {
			return fmt.Errorf("payment %s: %d are held instead of %d", p.ID, s.Amount, p.Amount)
		}
		p.Authorised = s.Amount
		p.CaptureBefore = spanner.NullTime{Time: s.CaptureBefore, Valid: !s.CaptureBefore.IsZero()}
		c.to(Authorised, "held")
	case Failed:
		c.to(Voiding, "held after all")
	case Authorised, Capturing:
		if !p.CaptureBefore.Valid && !s.CaptureBefore.IsZero() {
			p.CaptureBefore = at(s.CaptureBefore)
		}
		if p.State == Capturing && c.captureLate() {
			c.FailCapture("not captured in time")
		}
	}
	return nil
}

func (c *Change) captureLate() bool {
	p := c.Payment
	return c.Now.Sub(p.StateAt) >= captureFor || p.CaptureBefore.Valid && c.Now.After(p.CaptureBefore.Time)
}

func (c *Change) seeTaken(s Sight) error {
	c.settle(OpCapture)
	p := &c.Payment
	switch p.State {
	case Captured, PartlyRefunded, Refunding, Refunded, Disputed, Won, Lost:
		return nil
	}
	if s.Amount > p.Amount || s.Amount <= 0 {
		return fmt.Errorf("payment %s: %d were taken of %d", p.ID, s.Amount, p.Amount)
	}
	p.Authorised, p.Captured = max(p.Authorised, s.Amount), s.Amount
	switch p.State {
	case Voiding, Voided, CaptureFailed, Failed: // the order is lost: the money goes back at once
		c.giveBack("captured after all")
		return nil
	}
	c.to(Captured, "captured")
	if p.Dead {
		c.giveBack(orderCancelled)
	}
	return nil
}

func (c *Change) seeCancelled(s Sight) {
	c.settle(OpCancel)
	switch c.Payment.State {
	case Created, Action, Unknown:
		c.Payment.DeclineCode = s.Code
		c.to(Failed, "cancelled at the provider")
		c.Payment.NextAt = spanner.NullTime{}
	case Failed:
		c.Payment.NextAt = spanner.NullTime{}
	case Authorised, Capturing:
		c.FailCapture("the hold ended")
		if c.Payment.State == Voiding {
			c.void()
		}
	case Voiding:
		c.void()
	}
}

func (c *Change) void() { c.to(Voided, "hold given up") }

// Decline ends a payment that the provider has refused for good. code is the provider's word for why.
func (c *Change) Decline(code string) {
	c.end(OpConfirm, OpRefused, code)
	switch c.Payment.State {
	case Created, Action, Unknown:
		c.Payment.DeclineCode = code
		c.to(Failed, "declined")
	}
}

// LoseAnswer is for a call without a usable answer: whether the money is held has to be found out. Where the payment
// waits for something else, it goes on waiting.
func (c *Change) LoseAnswer() {
	if c.Payment.State == Created {
		c.to(Unknown, "no answer")
	}
}

// FailCapture gives up taking the money: the order is to be cancelled, and cancels the hold if there is one. code is the
// provider's word for why.
func (c *Change) FailCapture(code string) {
	switch c.Payment.State {
	case Authorised, Capturing:
		c.Payment.DeclineCode = code
		c.to(CaptureFailed, code)
		if c.Payment.Dead {
			c.to(Voiding, orderCancelled)
		}
	}
}

// Abandon ends a payment that is being voided and has nothing at the provider.
func (c *Change) Abandon() {
	if c.Payment.State == Voiding && c.Payment.IntentID == "" {
		c.to(Voided, "nothing at the provider")
	}
}

// News tells whether the provider's object in that status would move the payment: a hint that would not is not followed.
func (c Change) News(s Status) bool {
	c.Steps = nil
	c.Ops = append([]Op(nil), c.Ops...)
	next := c.Payment.NextAt
	_ = c.See(Sight{IntentID: c.Payment.IntentID, Status: s, Amount: c.Payment.Amount}) // amounts are checked when it is read
	return len(c.Steps) > 0 || c.Payment.NextAt != next
}
