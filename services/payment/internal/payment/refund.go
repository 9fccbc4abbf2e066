package payment

import (
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
)

// RefundState is where a refund stands.
type RefundState string

// The states of a refund.
const (
	RefundAsked   RefundState = "ASKED"
	RefundDone    RefundState = "DONE"
	RefundByHand  RefundState = "BY_HAND" // somebody has to decide: see Hand
	RefundOutside RefundState = "OUTSIDE" // given back by other means
	RefundForgone RefundState = "FORGONE" // nobody will give it back
)

// Refund is a row of Refunds.
type Refund struct {
	PaymentID  string           `spanner:"PaymentId"`
	ID         string           `spanner:"RefundId"`
	Amount     int64            `spanner:"Amount"`
	Reason     string           `spanner:"Reason"`
	State      RefundState      `spanner:"State"`
	ProviderID string           `spanner:"ProviderId"`
	AskedAt    time.Time        `spanner:"AskedAt"`
	DoneAt     spanner.NullTime `spanner:"DoneAt"`
}

// AskRefund is order.refund_due: give amount back for one line. id is derived from the line's cause, so that a repeat meets
// itself. What all refunds together exceed what was taken is ErrAmount. An order that has died gets all of its money back
// anyway.
func (c *Change) AskRefund(id string, amount int64, reason string) error {
	if i := c.refundIndex(id); i >= 0 {
		if c.Refunds[i].Amount != amount {
			return fmt.Errorf("refund %s of %d was asked for with %d before: %w", id, amount, c.Refunds[i].Amount, ErrAmount)
		}
		return nil
	}
	if c.Payment.Dead {
		return nil
	}
	switch c.Payment.State {
	case Created, Action, Unknown, Authorised, Capturing:
		return ErrEarly
	}
	if rest := c.unasked(); amount <= 0 || amount > rest {
		return fmt.Errorf("refund %d of %d left: %w", amount, rest, ErrAmount)
	}
	c.ask(id, amount, reason)
	return nil
}

// unasked is what was taken and nobody has asked back.
func (c *Change) unasked() int64 {
	rest := c.Payment.Captured
	for _, r := range c.Refunds {
		rest -= r.Amount
	}
	return rest
}

// giveBack asks for a refund of all that is left.
func (c *Change) giveBack(reason string) {
	if rest := c.unasked(); rest > 0 {
		c.ask("rfd_"+strings.TrimPrefix(c.Payment.ID, "pay_"), rest, reason)
	}
}

// ask adds a refund. The provider refuses one of a disputed charge, and none goes on top of a lost one by itself.
func (c *Change) ask(id string, amount int64, reason string) {
	c.Refunds = append(c.Refunds, Refund{
		PaymentID: c.Payment.ID, ID: id, Amount: amount, Reason: reason, State: RefundAsked, AskedAt: c.Now,
	})
	switch c.Payment.State {
	case Disputed, Lost:
		c.byHand(len(c.Refunds)-1, HandDispute, reason)
	default:
		c.to(Refunding, reason)
	}
}

// NextRefund is the refund to be made now; false when none is asked for.
func (c *Change) NextRefund() (Refund, bool) {
	for _, r := range c.Refunds {
		if r.State == RefundAsked {
			return r, true
		}
	}
	return Refund{}, false
}

// RefundMade books a refund which the provider has made under providerID. When more is to go back, it goes on. One that the
// provider has taken back since is not made.
func (c *Change) RefundMade(refundID, providerID string) {
	i := c.refundIndex(refundID)
	if i < 0 || c.Refunds[i].State != RefundAsked && c.Refunds[i].State != RefundByHand || c.takenBack(providerID) {
		return
	}
	r := &c.Refunds[i]
	r.State, r.ProviderID, r.DoneAt = RefundDone, providerID, at(c.Now)
	c.Payment.Refunded += r.Amount
	c.settleRefund(refundID, providerID)
	c.rest("refunded")
	last := &c.Steps[len(c.Steps)-1]
	last.RefundID, last.Refund, last.RefundObject = r.ID, r.Amount, providerID
	c.refundMore()
}

// rest goes where the payment stands when no refund is under way.
func (c *Change) rest(reason string) {
	p := c.Payment
	switch {
	case p.State == Disputed || p.State == Lost:
		c.note(p.State, reason)
	case p.Refunded == p.Captured:
		c.to(Refunded, reason)
	case p.Refunded > 0:
		c.to(PartlyRefunded, reason)
	default:
		c.to(Captured, reason)
	}
}

// RefundPending remembers that the provider is at a refund: it is not asked again.
func (c *Change) RefundPending(refundID, providerID string) {
	if i := c.refundIndex(refundID); i >= 0 && c.Refunds[i].State == RefundAsked {
		c.Refunds[i].ProviderID = providerID
	}
}

// refundMore goes on with what else was asked for, or what a dead order still has.
func (c *Change) refundMore() {
	if c.Payment.State == Disputed || c.Payment.State == Lost {
		return
	}
	if c.openRefunds() {
		c.to(Refunding, "next refund")
		return
	}
	if c.Payment.Dead {
		c.giveBack(orderCancelled)
	}
}

// openRefunds tells whether a refund is asked for, or waits for somebody's decision.
func (c *Change) openRefunds() bool {
	for _, r := range c.Refunds {
		if r.State == RefundAsked || r.State == RefundByHand {
			return true
		}
	}
	return false
}

func (c *Change) refundIndex(id string) int {
	for i, r := range c.Refunds {
		if r.ID == id {
			return i
		}
	}
	return -1
}
