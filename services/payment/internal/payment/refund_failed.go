package payment

import "time"

const (
	// refundTries is how often a refund may fail or be refused before somebody has to look, and again after each look.
	refundTries = 3
	// refundFor is how long a refund is tried without the provider taking it on.
	refundFor = 24 * time.Hour
)

// Reversal is a refund that the provider had made and could not bring to the customer: the money is back with us.
type Reversal struct {
	RefundID, ProviderID string
	Amount               int64
	AtOnce               bool // we never took it for made: neither way is booked yet
}

// RefundFailed takes in that a refund has failed at the provider, at once or after it had succeeded: the next try is a new op.
func (c *Change) RefundFailed(refundID, providerID, opID, code string) {
	news := c.loseOp(opID, providerID, code)
	i := c.refundIndex(refundID)
	if i < 0 {
		return
	}
	r := &c.Refunds[i]
	switch {
	case r.State == RefundDone && r.ProviderID == providerID:
		c.reverse(r)
		news = true
	case r.State == RefundAsked && r.ProviderID == providerID:
		r.ProviderID = ""
		fallthrough
	case news: // the provider has booked it both ways
		c.Reversed = append(c.Reversed, Reversal{RefundID: r.ID, ProviderID: providerID, Amount: r.Amount, AtOnce: true})
	}
	if news {
		c.tooOften(i, code)
	}
}

// reverse takes a refund back into what is to be given.
func (c *Change) reverse(r *Refund) {
	c.Reversed = append(c.Reversed, Reversal{RefundID: r.ID, ProviderID: r.ProviderID, Amount: r.Amount})
	r.State, r.ProviderID, r.DoneAt.Valid, r.DoneAt.Time = RefundAsked, "", false, time.Time{}
	c.Payment.Refunded -= r.Amount
	switch c.Payment.State {
	case Disputed, Lost:
		c.byHand(c.refundIndex(r.ID), HandDispute, "refund failed")
	default:
		c.to(Refunding, "refund failed")
	}
}

// RefundRefused counts a definite no to a refund. A disputed charge is not refunded however often one asks.
func (c *Change) RefundRefused(refundID, code string) {
	i := c.refundIndex(refundID)
	switch {
	case i < 0:
	case code == "charge_disputed" && c.Refunds[i].State == RefundAsked:
		c.byHand(i, HandDispute, code)
	default:
		c.tooOften(i, code)
	}
}

// tooOften leaves a refund to somebody's decision when it was refused so often.
func (c *Change) tooOften(i int, code string) {
	failures := 0
	for _, op := range c.Ops {
		if op.Kind == OpRefund && op.RefundID == c.Refunds[i].ID && op.State == OpRefused {
			failures++
		}
	}
	if c.Refunds[i].State == RefundAsked && failures > 0 && failures%refundTries == 0 {
		c.byHand(i, HandFailed, code)
	}
}

// tooLong does so when a refund was tried for a day without the provider taking it on.
func (c *Change) tooLong() {
	if c.Payment.State != Refunding || c.Now.Sub(c.Payment.StateAt) < refundFor {
		return
	}
	for i, r := range c.Refunds {
		if r.State == RefundAsked && r.ProviderID == "" {
			c.byHand(i, HandFailed, "not made within a day")
		}
	}
}

// loseOp closes the op of a refund that came to nothing; false when that was known.
func (c *Change) loseOp(opID, providerID, code string) bool {
	for i := range c.Ops {
		if op := &c.Ops[i]; op.ID == opID && op.State != OpRefused {
			op.State, op.ProviderID, op.Code, op.EndedAt = OpRefused, providerID, code, at(c.Now)
			return true
		}
	}
	return false
}

// takenBack tells whether the provider's refund is known to have failed.
func (c *Change) takenBack(providerID string) bool {
	for _, op := range c.Ops {
		if op.Kind == OpRefund && op.ProviderID == providerID && op.State == OpRefused {
			return true
		}
	}
	return false
}
