package payment

import (
	"errors"

	"cloud.google.com/go/spanner"
)

// Why a refund waits for somebody's decision.
const (
	HandFailed  = "REFUND_FAILED"
	HandDispute = "REFUND_IN_DISPUTE"
)

// Hand is a refund that has just been left to somebody's decision.
type Hand struct {
	Refund Refund
	Kind   string // HandFailed, HandDispute
	Detail string // the provider's word, or ours
}

// Decision is what somebody decides about it.
type Decision string

// The decisions.
const (
	Retry          Decision = "RETRY"
	SettledOutside Decision = "SETTLED_OUTSIDE"
	WrittenOff     Decision = "WRITTEN_OFF"
)

// ErrDisputed is returned for a refund that cannot be tried because the bank has, or had, the last word on the charge.
var ErrDisputed = errors.New("the payment is disputed")

// byHand leaves a refund to somebody's decision. What else is asked for goes on.
func (c *Change) byHand(i int, kind, detail string) {
	c.Refunds[i].State = RefundByHand
	c.Hands = append(c.Hands, Hand{Refund: c.Refunds[i], Kind: kind, Detail: detail})
	c.note(c.Payment.State, "refund left to a decision")
	if _, more := c.NextRefund(); !more && c.Payment.State == Refunding {
		c.Payment.NextAt = spanner.NullTime{}
	}
}

// Decide ends the wait of a refund. One that was made meanwhile, or is decided, stays as it is.
func (c *Change) Decide(refundID string, d Decision) error {
	i := c.refundIndex(refundID)
	if i < 0 || c.Refunds[i].State != RefundByHand {
		return nil
	}
	r, state := &c.Refunds[i], c.Payment.State
	disputed := state == Disputed || state == Lost
	switch {
	case d == Retry && disputed:
		return ErrDisputed
	case d == Retry:
		r.State = RefundAsked
		c.to(Refunding, "refund tried again")
		return nil
	case d == SettledOutside:
		r.State, r.DoneAt = RefundOutside, at(c.Now)
	default:
		r.State = RefundForgone
	}
	c.rest("refund " + string(r.State))
	if d == SettledOutside {
		last := &c.Steps[len(c.Steps)-1]
		last.RefundID, last.Refund, last.Outside = r.ID, r.Amount, true
	}
	c.refundMore()
	return nil
}
