package main

import (
	"context"
	"slices"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/ledger"
	"github.com/issho-shop/issho/services/payment/internal/manual"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// change runs transitions on one payment in one transaction, and with them writes what they entail: audit, ledger, events
// and the next task. fn may run again. It answers the payment as it then stands.
func (s *paymentServer) change(ctx context.Context, tag, id string, fn func(c *payment.Change) error) (*payment.Change, error) {
	var done *payment.Change
	_, err := s.outbox.Update(ctx, tag, func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		c, ok, err := payment.Load(ctx, tx, id, now)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound)
		}
		if err := fn(c); err != nil {
			return err
		}
		done = c
		return write(ctx, tx, out, c)
	})
	return done, err
}

// write buffers a change and everything that belongs into its transaction.
func write(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch, c *payment.Change) error {
	ms, err := c.Rows(cause(ctx))
	if err != nil {
		return err
	}
	booked, err := ledger.Insert(journals(c)...)
	if err != nil {
		return err
	}
	waiting, err := handWork(c)
	if err != nil {
		return err
	}
	out.Add(ctx, events(c)...)
	out.Add(ctx, nextTask(c)...)
	return tx.BufferWrite(slices.Concat(ms, booked, waiting))
}

// journals books the money that a change has seen move.
func journals(c *payment.Change) []ledger.Journal {
	var out []ledger.Journal
	p := c.Payment
	of := ledger.Of{PaymentID: p.ID, OrderID: p.OrderID, Currency: p.Currency, At: c.Now}
	if taken := p.Captured - c.Before().Captured; taken > 0 {
		out = append(out, of.Capture(taken))
	}
	for _, s := range c.Steps {
		switch {
		case s.Outside:
			out = append(out, of.Outside(s.RefundID, s.Refund))
		case s.RefundID != "":
			out = append(out, of.Refund(s.RefundID, s.RefundObject, s.Refund))
		}
	}
	for _, r := range c.Reversed {
		out = append(out, of.RefundFailed(r.ProviderID, r.Amount))
	}
	return append(out, disputeJournals(c, of)...)
}

// disputeJournals books what disputes have taken away, brought back or lost.
func disputeJournals(c *payment.Change, of ledger.Of) []ledger.Journal {
	var out []ledger.Journal
	before := c.DisputesBefore()
	for i, d := range c.Disputes {
		if i >= len(before) {
			out = append(out, of.Dispute(d.ID, d.Amount))
		}
		if i < len(before) && before[i].Status == d.Status {
			continue
		}
		switch d.Status {
		case payment.DisputeWon:
			out = append(out, of.DisputeWon(d.ID, d.Amount))
		case payment.DisputeLost:
			out = append(out, of.DisputeLost(d.ID, d.Amount))
		}
	}
	return out
}

// handWork asks operators about the refunds that a change has left to them.
func handWork(c *payment.Change) ([]*spanner.Mutation, error) {
	var ms []*spanner.Mutation
	for _, h := range c.Hands {
		m, err := manual.Open(manual.Work{
			ID: "refund/" + h.Refund.ID, Kind: manual.Kind(h.Kind), PaymentID: c.Payment.ID, OrderID: c.Payment.OrderID, RefundID: h.Refund.ID,
			Amount: h.Refund.Amount, Currency: c.Payment.Currency, Detail: h.Refund.Reason + ": " + h.Detail, OpenedAt: c.Now,
		})
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// cause is who asks, for the audit row.
func cause(ctx context.Context) payment.Cause {
	who := caller.From(ctx)
	by := payment.Cause{Actor: who.Actor(), Method: who.Method, RequestID: who.RequestID}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		by.TraceID = span.TraceID().String()
	}
	return by
}
