package main

import (
	"context"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/services/order/internal/audit"
)

// flush buffers every changed row with its audit, events and tasks. Parents stand before what refers to them.
func (w *work) flush() error {
	for _, write := range []func() ([]*spanner.Mutation, error){w.groupRows, w.orderRows, w.stockRows} {
		rows, err := write()
		if err != nil {
			return err
		}
		if err := w.tx.BufferWrite(rows); err != nil {
			return err
		}
	}
	return w.tx.BufferWrite(w.more)
}

func (w *work) groupRows() (rows []*spanner.Mutation, err error) {
	add, by := collect(&rows, &err), cause(w.ctx)
	for _, g := range w.groups {
		if len(g.Trail()) == 0 {
			continue
		}
		add(g.Write())
		for _, t := range g.Trail() {
			add(audit.Row(by, "group/"+g.GroupID, t.After.Version, string(t.From), string(t.After.State), t.Reason, t.After, w.now))
			w.out.Add(w.ctx, groupEntries(t)...)
		}
	}
	for _, m := range w.members {
		if m.Changed() {
			add(m.Write())
		}
	}
	return rows, err
}

func (w *work) orderRows() (rows []*spanner.Mutation, err error) {
	add, by := collect(&rows, &err), cause(w.ctx)
	for _, o := range w.orders {
		if len(o.Trail()) == 0 {
			continue
		}
		add(o.Write())
		for _, t := range o.Trail() {
			after := t.After.WithoutAddress()
			add(audit.Row(by, "order/"+o.OrderID, after.Version, string(t.From), string(after.State), t.Reason, after, w.now))
			w.out.Add(w.ctx, orderEntries(t)...)
		}
	}
	return rows, err
}

func (w *work) stockRows() (rows []*spanner.Mutation, err error) {
	add := collect(&rows, &err)
	for _, s := range w.stocks {
		if !s.Changed() {
			continue
		}
		written, failed := s.Write()
		rows = append(rows, written...)
		if failed != nil {
			return nil, failed
		}
	}
	for _, claims := range w.claims {
		for _, c := range claims {
			if c.Changed() {
				add(c.Write())
			}
		}
	}
	return rows, err
}

// cause is who brings the transitions of this transaction about.
func cause(ctx context.Context) audit.Cause {
	who := caller.From(ctx)
	by := audit.Cause{Actor: who.Actor(), Method: who.Method, RequestID: who.RequestID}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		by.Trace = span.TraceID().String()
	}
	return by
}

// collect returns a function that gathers mutations and keeps the first error.
func collect(rows *[]*spanner.Mutation, err *error) func(*spanner.Mutation, error) {
	return func(m *spanner.Mutation, failed error) {
		if failed != nil && *err == nil {
			*err = failed
		}
		*rows = append(*rows, m)
	}
}
