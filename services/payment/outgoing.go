package main

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// What leaves payment: events on topic payment (order and reward hear them), and tasks of queue payment-work to itself.

const (
	topicPayment = "payment"
	queueWork    = "payment-work"
)

// eventTypes names the states whose arrival others have to know.
var eventTypes = map[payment.State]string{
	payment.Authorised:     "payment.authorised",
	payment.Failed:         "payment.failed",
	payment.Captured:       "payment.captured",
	payment.CaptureFailed:  "payment.capture_failed",
	payment.Voided:         "payment.voided",
	payment.PartlyRefunded: "payment.refunded",
	payment.Refunded:       "payment.refunded",
	payment.Disputed:       "payment.disputed",
	payment.Won:            "payment.disputed",
	payment.Lost:           "payment.disputed",
}

// events are the facts that a change makes known, one for each step that has a name.
func events(c *payment.Change) []outbox.Entry {
	var out []outbox.Entry
	for _, s := range c.Steps {
		if typ := eventType(s); typ != "" {
			out = append(out, outbox.Event(topicPayment, typ, "payment/"+c.Payment.ID, s.Version, c.Now, eventBody(c, s)))
		}
	}
	return out
}

// eventType is the fact that a step makes known; empty when it concerns payment alone.
func eventType(s payment.Step) string {
	switch {
	case s.RefundID != "":
		return "payment.refunded"
	case s.From == s.To || s.To == payment.Captured && s.From == payment.Refunding: // known before
		return ""
	case s.To == payment.PartlyRefunded || s.To == payment.Refunded: // no money has moved with it
		return ""
	}
	return eventTypes[s.To]
}

func eventBody(c *payment.Change, s payment.Step) *paymentv1.PaymentEvent {
	p := c.Payment
	e := &paymentv1.PaymentEvent{
		PaymentId: p.ID, Version: s.Version, OrderId: p.OrderID, CustomerId: p.CustomerID, State: wireState(s.To),
		Authorised: wireMoney(p.Authorised, p), Captured: wireMoney(p.Captured, p), Refunded: wireMoney(p.Refunded, p),
		OccurTime: timestamppb.New(c.Now),
	}
	if s.RefundID != "" {
		e.RefundId, e.RefundAmount = s.RefundID, wireMoney(s.Refund, p)
	}
	if s.To == payment.Failed {
		e.DeclineCode = p.DeclineCode
	}
	return e
}

// nextTask advances a payment that a step, or a try in vain, has left waiting for us. Leases that end, holds that do, and what waits
// for somebody else, a customer or a bank, are the sweep's.
func nextTask(c *payment.Change) []outbox.Entry {
	p := c.Payment
	if !p.NextAt.Valid || p.State == payment.Created || c.Patient() {
		return nil
	}
	stepped := len(c.Steps) > 0 && p.NextAt.Time.Sub(c.Now) < payment.Lease
	if again := p.Attempts > c.Before().Attempts; !stepped && !again {
		return nil
	}
	return []outbox.Entry{advanceTask(p.ID, fmt.Sprintf("%s-%d-%d", p.ID, p.Version, p.Attempts), p.NextAt.Time)}
}

// hintTask reads a payment's object because the provider has said that it moved.
func hintTask(paymentID, eventID string) outbox.Entry {
	return advanceTask(paymentID, eventID, time.Time{})
}

func advanceTask(paymentID, id string, at time.Time) outbox.Entry {
	return outbox.Task(queueWork, id, paymentv1connect.PaymentInternalServiceAdvancePaymentProcedure,
		&paymentv1.AdvancePaymentRequest{PaymentId: paymentID}, at)
}
