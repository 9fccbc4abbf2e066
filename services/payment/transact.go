package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

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

// task is what one caller does to one payment, named by its id or by its order's.
type task struct {
	ctx            context.Context // of whoever asks: it names the cause and carries the trace
	payment, order string
	make           func(now time.Time) *payment.Change // of an order without a payment; nil where there has to be one
	fn             func(c *payment.Change) error
	done           *payment.Change // the payment as it then stands
	isNew          bool
}

// same keeps two tasks on one payment out of one transaction.
func (t *task) same() string { return t.payment + t.order }

// change runs transitions on one payment in one transaction, and with them writes what they entail: audit, ledger, events
// and the next task. fn may run again. It answers the payment as it then stands. Those who come while a transaction is in
// flight share the next one.
func (s *paymentServer) change(ctx context.Context, id string, fn func(c *payment.Change) error) (*payment.Change, error) {
	t := &task{ctx: ctx, payment: id, fn: fn}
	err := s.lane.Do(ctx, t)
	return t.done, err
}

// transact runs tasks in one transaction. A task that is refused writes nothing and holds up nobody.
func (s *paymentServer) transact(ctx context.Context, tasks []*task) (each []error, whole error) {
	_, whole = s.outbox.Update(ctx, "change", func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		known, err := load(ctx, tx, tasks, now)
		if err != nil {
			return err
		}
		each = make([]error, len(tasks))
		seen := map[string]bool{} // one may be named in both ways
		for i, t := range tasks {
			c := known[i]
			if c != nil && seen[c.Payment.ID] {
				return errTwice
			}
			if each[i] = t.run(c, now); each[i] == nil {
				seen[t.done.Payment.ID] = true
				each[i] = write(t.ctx, tx, out, t.done)
			}
		}
		return nil
	})
	return each, whole
}

// errTwice has tasks run one by one that turn out to be on the same payment.
var errTwice = errors.New("two tasks on one payment")

func (t *task) run(c *payment.Change, now time.Time) error {
	t.done, t.isNew = nil, false
	if c == nil {
		if t.make == nil {
			return fault.New(fault.NotFound)
		}
		c, t.isNew = t.make(now), true
	}
	if err := t.fn(c); err != nil {
		return err
	}
	t.done = c
	return nil
}

// load reads the payments of tasks; nil where there is none.
func load(ctx context.Context, r spandb.Reader, tasks []*task, now time.Time) ([]*payment.Change, error) {
	var orders []string
	for _, t := range tasks {
		if t.payment == "" {
			orders = append(orders, t.order)
		}
	}
	ofOrder, err := payment.OfOrders(ctx, r, orders)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range tasks {
		if id := cmp.Or(t.payment, ofOrder[t.order]); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	found, err := payment.LoadAll(ctx, r, ids, now)
	known := make([]*payment.Change, len(tasks))
	for i, t := range tasks {
		known[i] = found[cmp.Or(t.payment, ofOrder[t.order])]
	}
	return known, err
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
		if r.AtOnce {
			out = append(out, of.Refund(r.RefundID, r.ProviderID, r.Amount))
		}
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
