package payment

import (
	"time"

	"cloud.google.com/go/spanner"
)

// DisputeStatus is how a customer's objection at the bank stands.
type DisputeStatus string

// The statuses of a dispute.
const (
	DisputeOpen DisputeStatus = "OPEN"
	DisputeWon  DisputeStatus = "WON"
	DisputeLost DisputeStatus = "LOST"
)

// Dispute is a row of Disputes.
type Dispute struct {
	PaymentID string           `spanner:"PaymentId"`
	ID        string           `spanner:"DisputeId"`
	Amount    int64            `spanner:"Amount"`
	Status    DisputeStatus    `spanner:"Status"`
	OpenedAt  time.Time        `spanner:"OpenedAt"`
	ClosedAt  spanner.NullTime `spanner:"ClosedAt"`
}

// SeeDispute moves the payment by a dispute as the provider shows it, forward only. Refunds that were asked for and not made
// wait for somebody's decision: the provider refuses them.
func (c *Change) SeeDispute(id string, amount int64, status DisputeStatus) {
	if !c.Payment.Taken() || amount <= 0 {
		return
	}
	i := c.disputeIndex(id)
	if i < 0 {
		i = len(c.Disputes)
		c.Disputes = append(c.Disputes, Dispute{PaymentID: c.Payment.ID, ID: id, Amount: amount, Status: DisputeOpen, OpenedAt: c.Now})
		c.to(Disputed, "disputed")
		c.holdRefunds()
	}
	if d := &c.Disputes[i]; d.Status == DisputeOpen && status != DisputeOpen {
		d.Status, d.ClosedAt = status, at(c.Now)
		c.closeDispute()
	}
}

// closeDispute ends the last open dispute. The money of a dead order that came back with it goes on to the customer.
func (c *Change) closeDispute() {
	lost := false
	for _, d := range c.Disputes {
		if d.Status == DisputeOpen {
			return
		}
		lost = lost || d.Status == DisputeLost
	}
	if lost {
		c.to(Lost, "dispute lost")
		return
	}
	c.to(Won, "dispute won")
	switch p := c.Payment; {
	case p.Refunded == p.Captured:
		c.to(Refunded, "refunded before")
	case p.Dead:
		c.giveBack(orderCancelled)
	}
}

func (c *Change) holdRefunds() {
	for i, r := range c.Refunds {
		if r.State == RefundAsked {
			c.byHand(i, HandDispute, "disputed before it was made")
		}
	}
}

// Taken tells whether the payment's money was taken, whatever became of it since.
func (p Payment) Taken() bool {
	switch p.State {
	case Captured, Refunding, PartlyRefunded, Refunded, Disputed, Won, Lost:
		return true
	}
	return false
}

func (c *Change) disputeIndex(id string) int {
	for i, d := range c.Disputes {
		if d.ID == id {
			return i
		}
	}
	return -1
}
