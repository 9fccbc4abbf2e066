package payment

import (
	"time"

	"cloud.google.com/go/spanner"
)

// RefundState is where a refund stands.
type RefundState string

// The states of a refund.
const (
	RefundAsked RefundState = "ASKED"
	RefundDone  RefundState = "DONE"
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

// NextRefund is the refund to be made now; false when none is asked for.
func (c *Change) NextRefund() (Refund, bool) {
	for _, r := range c.Refunds {
		if r.State == RefundAsked {
			return r, true
		}
	}
	return Refund{}, false
}

// RefundMade books a refund which the provider has made under providerID. When more is to go back, it goes on.
func (c *Change) RefundMade(refundID, providerID string) {
	i := c.refundIndex(refundID)
	if i < 0 || c.Refunds[i].State == RefundDone {
		return
	}
	r, p := &c.Refunds[i], &c.Payment
	r.State, r.ProviderID, r.DoneAt = RefundDone, providerID, at(c.Now)
	p.Refunded += r.Amount
	c.settleRefund(refundID, providerID)
	if p.Refunded == p.Captured {
		c.to(Refunded, "refunded")
	} else {
		c.to(PartlyRefunded, "refunded")
	}
	last := &c.Steps[len(c.Steps)-1]
	last.RefundID, last.Refund = r.ID, r.Amount
	c.refundMore()
}

// RefundPending remembers that the provider is at a refund: it is not asked again.
func (c *Change) RefundPending(refundID, providerID string) {
	if i := c.refundIndex(refundID); i >= 0 && c.Refunds[i].State == RefundAsked {
		c.Refunds[i].ProviderID = providerID
	}
}

// RefundFailed closes the op of a refund that has failed at the provider: the next try is a new op.
func (c *Change) RefundFailed(refundID, providerID, opID, code string) {
	c.EndOp(opID, OpRefused, code)
	if i := c.refundIndex(refundID); i >= 0 && c.Refunds[i].State == RefundAsked && c.Refunds[i].ProviderID == providerID {
		c.Refunds[i].ProviderID = ""
	}
}

// refundMore goes on with what else was asked for, or what a dead order still has.
func (c *Change) refundMore() {
	if _, more := c.NextRefund(); more {
		c.to(Refunding, "next refund")
		return
	}
	if c.Payment.Dead && c.Payment.Refunded < c.Payment.Captured {
		c.giveBack(orderCancelled)
	}
}

func (c *Change) refundIndex(id string) int {
	for i, r := range c.Refunds {
		if r.ID == id {
			return i
		}
	}
	return -1
}
