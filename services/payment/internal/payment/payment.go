// Package payment holds the rules of one order's money: its states, the transitions between them, the provider's calls
// which they need, and its rows.
//
// Every transition is one method of Change, used by whatever may cause it: the provider's reply, a webhook, a task, the
// sweep, an event of the order. It is conditional on the state it finds, so that a repeat changes nothing, and moves
// forward only. Each step has a version and an audit row. An answer that did not come is never taken for a decline and
// never for a reason to charge again: see op.go.
//
// The package knows nothing of the provider's API (see provider) and of who calls whom (see the verbs).
package payment

import (
	"time"

	"cloud.google.com/go/spanner"
)

// State is where a payment stands.
type State string

// The states, in the words of the schema.
const (
	Created        State = "CREATED"         // the provider is about to be asked
	Action         State = "ACTION"          // the customer has to do something
	Unknown        State = "UNKNOWN"         // the provider was asked; its answer did not come
	Authorised     State = "AUTHORISED"      // the money is held
	Failed         State = "FAILED"          // nothing is held and nothing will be
	Capturing      State = "CAPTURING"       // the order is confirmed; the money is to be taken
	Captured       State = "CAPTURED"        // the money was taken
	CaptureFailed  State = "CAPTURE_FAILED"  // the hold was lost; the order will be cancelled
	Voiding        State = "VOIDING"         // the order is cancelled; the hold is to be given up
	Voided         State = "VOIDED"          // nothing is held
	Refunding      State = "REFUNDING"       // taken money is to be given back
	PartlyRefunded State = "PARTLY_REFUNDED" // some was given back
	Refunded       State = "REFUNDED"        // all was given back
	Disputed       State = "DISPUTED"        // the customer objects at the bank
	Won            State = "WON"             // the bank has decided for us
	Lost           State = "LOST"            // and against us
)

// Payment is a row of Payments; the schema explains its columns.
type Payment struct {
	ID            string           `spanner:"PaymentId"`
	OrderID       string           `spanner:"OrderId"`
	CustomerID    string           `spanner:"CustomerId"`
	State         State            `spanner:"State"`
	StateAt       time.Time        `spanner:"StateAt"`
	Version       int64            `spanner:"Version"`
	Currency      string           `spanner:"Currency"`
	Amount        int64            `spanner:"Amount"`
	Authorised    int64            `spanner:"Authorised"`
	ToCapture     int64            `spanner:"ToCapture"`
	Captured      int64            `spanner:"Captured"`
	Refunded      int64            `spanner:"Refunded"`
	Dead          bool             `spanner:"Dead"`
	SavedMethodID string           `spanner:"SavedMethodId"`
	IntentID      string           `spanner:"IntentId"`
	DeclineCode   string           `spanner:"DeclineCode"`
	CaptureBefore spanner.NullTime `spanner:"CaptureBefore"`
	NextAt        spanner.NullTime `spanner:"NextAt"`
	Attempts      int64            `spanner:"Attempts"`
	CreatedAt     time.Time        `spanner:"CreatedAt"`
	UpdatedAt     time.Time        `spanner:"UpdatedAt"`
}

// Step is one transition.
type Step struct {
	Version  int64
	From, To State
	Reason   string
	// Of a step that completed a refund: which, its amount, and the provider's object, or that it was given by other means.
	RefundID     string
	Refund       int64
	RefundObject string
	Outside      bool
}

// Change is one payment within one transaction: what was read, and what the transitions make of it.
type Change struct {
	Payment  Payment
	Ops      []Op // oldest first
	Refunds  []Refund
	Disputes []Dispute
	Now      time.Time // the database's
	Steps    []Step
	Hands    []Hand     // refunds that were left to a decision
	Reversed []Reversal // refunds that have failed after they were made

	before  Payment // as read; the zero Payment of a new one
	ops     []Op
	refund  []Refund
	dispute []Dispute
}

// Lease is how long one caller has a payment to itself while it asks the provider. Longer than any such call may take.
const Lease = 10 * time.Second

// New is the payment of an order that is about to be held, leased to its maker.
func New(p Payment, now time.Time) *Change {
	c := &Change{Now: now}
	p.CreatedAt = now
	c.Payment = p
	c.to(Created, "order placed")
	c.Payment.NextAt = at(now.Add(Lease))
	return c
}

// NewVoided is the payment of an order that was cancelled before anybody asked to hold its money: nobody ever will.
func NewVoided(p Payment, now time.Time) *Change {
	c := &Change{Now: now}
	p.CreatedAt, p.Dead = now, true
	c.Payment = p
	c.to(Voided, orderCancelled)
	return c
}

// to makes one step. NextAt becomes when the new state has to be looked after.
func (c *Change) to(s State, reason string) {
	c.note(s, reason)
	p := &c.Payment
	p.State, p.StateAt, p.Attempts = s, c.Now, 0
	p.NextAt = spanner.NullTime{}
	switch s {
	case Capturing, Voiding:
		p.NextAt = at(c.Now)
	case Refunding:
		if _, more := c.NextRefund(); more {
			p.NextAt = at(c.Now)
		}
	case Failed:
		if p.IntentID != "" {
			p.NextAt = at(c.Now) // its client secret could still authorise it
		}
	case Unknown:
		p.NextAt = at(c.Now.Add(backOff(0)))
	case Action:
		p.NextAt = at(c.Now.Add(pollAction))
	case Authorised:
		if p.CaptureBefore.Valid {
			p.NextAt = at(p.CaptureBefore.Time.Add(time.Minute)) // in case nobody tells us that the hold has ended
		}
	}
}

// note records a step without moving: the state stays and only the order's fate has become known, or to moves.
func (c *Change) note(s State, reason string) {
	c.Payment.Version++
	c.Steps = append(c.Steps, Step{Version: c.Payment.Version, From: c.Payment.State, To: s, Reason: reason})
}

// pollAction is how soon a payment that waits for the customer is read in case a webhook was lost.
const pollAction = 15 * time.Second

// Patient tells that a payment waits for somebody who takes his time: the customer at his bank, or a bank with a refund. The
// provider tells when they are done; only in case that is lost are they looked after.
func (c *Change) Patient() bool {
	r, more := c.NextRefund()
	return c.Payment.State == Action || c.Payment.State == Refunding && more && r.ProviderID != ""
}

// pause is the time until the next try after one in vain. Where others take their time it grows to two minutes.
func (c *Change) pause() time.Duration {
	if c.Patient() {
		return min(pollAction<<min(c.Payment.Attempts, 3), 2*time.Minute)
	}
	return backOff(c.Payment.Attempts)
}

// backOff is the pause after the n-th try in vain: 2 s doubling to half a minute, so that an outage ends within a minute of the
// provider's return for as many as the queue takes in half of one.
func backOff(n int64) time.Duration {
	return min(2*time.Second<<min(n, 6), 30*time.Second)
}

// Due tells whether the payment waits and nobody else has it. What nobody has begun is due whatever the time: another process may
// be a little ahead.
func (p Payment) Due(now time.Time) bool {
	return p.NextAt.Valid && (!p.NextAt.Time.After(now) || p.NextAt.Time.Equal(p.StateAt))
}

// Claim leases a due payment to the caller; false when it is not due.
func (c *Change) Claim() bool {
	if !c.Payment.Due(c.Now) {
		return false
	}
	c.Payment.NextAt = at(c.Now.Add(Lease))
	return true
}

// Again puts the next try of what payment in state s waits for after a pause, when this one has moved nothing.
func (c *Change) Again(s State) {
	if c.Moved() || c.Payment.State != s || !c.Payment.NextAt.Valid {
		return
	}
	c.Payment.NextAt = at(c.Now.Add(c.pause()))
	c.Payment.Attempts++
	c.tooLong()
}

// Moved tells whether the change has made a step, or learned the provider's object.
func (c *Change) Moved() bool {
	return len(c.Steps) > 0 || c.Payment.IntentID != c.before.IntentID
}

// Stuck tells that money has been on its way for over an hour: somebody has to look.
func (p Payment) Stuck(now time.Time) bool {
	switch p.State {
	case Created, Unknown, Capturing, Voiding, Refunding, Failed:
		return p.NextAt.Valid && now.Sub(p.StateAt) > time.Hour
	}
	return false
}

func at(t time.Time) spanner.NullTime { return spanner.NullTime{Time: t, Valid: true} }
