package main

import (
	"context"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/ledger"
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
	out.Add(ctx, events(c)...)
	out.Add(ctx, nextTask(c)...)
	return tx.BufferWrite(append(ms, booked...))
}

// journals books the money that a change has seen move.
func journals(c *payment.Change) []ledger.Journal {
	var out []ledger.Journal
	p := c.Payment
	if taken := p.Captured - c.Before().Captured; taken > 0 {
		out = append(out, ledger.Capture(p.ID, p.OrderID, taken, p.Currency, c.Now))
	}
	for _, s := range c.Steps {
		if s.RefundID != "" {
			out = append(out, ledger.Refund(s.RefundID, p.ID, p.OrderID, s.Refund, p.Currency, c.Now))
		}
	}
	return out
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
