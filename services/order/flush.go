package main

import (
	"context"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/services/order/internal/audit"
)

// tell writes down what groups and orders have gone through here: audit rows, events and tasks, each with the cause and
// the trace of whoever asked for it.
func (w *work) tell() error {
	by := cause(w.ctx)
	for id, g := range w.groups.rows {
		if g == nil {
			continue
		}
		for _, t := range g.Trail() {
			w.out.Add(w.ctx, groupEntries(t, g.FanOutShard.Valid)...)
			if t.Event != "" {
				w.steps = append(w.steps, counted{group: t.Event})
			}
			if err := w.add(audit.Write(by, "group/"+id, t.After.Version, string(t.From), string(t.After.State), t.Reason, t.After, w.now)); err != nil {
				return err
			}
		}
	}
	for id, o := range w.orders.rows {
		if o == nil {
			continue
		}
		for _, t := range o.Trail() {
			after := t.After.WithoutAddress()
			w.out.Add(w.ctx, orderEntries(t)...)
			settled(w.out, t)
			if t.From != after.State {
				w.steps = append(w.steps, stepOf(t))
			}
			if err := w.add(audit.Write(by, "order/"+id, after.Version, string(t.From), string(after.State), t.Reason, after, w.now)); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush buffers every changed row. Parents stand before what refers to them.
func (w *work) flush() error {
	var rows []*spanner.Mutation
	for _, write := range []func([]*spanner.Mutation) ([]*spanner.Mutation, error){
		changed(w.groups), changed(w.seats), changed(w.orders), w.counts, changed(w.claims), changed(w.coupons),
	} {
		var err error
		if rows, err = write(rows); err != nil {
			return err
		}
	}
	return w.tx.BufferWrite(append(rows, w.more...))
}

// counts adds the changed counts with their moves, and tells of their levels.
func (w *work) counts(rows []*spanner.Mutation) ([]*spanner.Mutation, error) {
	for _, count := range w.stocks.rows {
		if count == nil || !count.Changed() {
			continue
		}
		if count.Tell(w.now) {
			w.out.Add(w.ctx, levelChanged(count))
		}
		written, err := count.Write()
		if err != nil {
			return nil, err
		}
		rows = append(rows, written...)
	}
	return rows, nil
}

// writable is a row of one mutation.
type writable[V any] interface {
	*V
	Changed() bool
	Write() (*spanner.Mutation, error)
}

// changed returns a function that adds a shelf's changed rows.
func changed[K comparable, V any, P writable[V]](s *shelf[K, V]) func([]*spanner.Mutation) ([]*spanner.Mutation, error) {
	return func(rows []*spanner.Mutation) ([]*spanner.Mutation, error) {
		for _, row := range s.rows {
			if row == nil || !P(row).Changed() {
				continue
			}
			m, err := P(row).Write()
			if err != nil {
				return nil, err
			}
			rows = append(rows, m)
		}
		return rows, nil
	}
}

// add puts a mutation beside those of the nouns.
func (w *work) add(m *spanner.Mutation, err error) error {
	w.more = append(w.more, m)
	return err
}

// cause is who brings the transitions of this transaction about.
func cause(ctx context.Context) audit.Cause {
	who := caller.From(ctx)
	by := audit.Cause{Actor: who.Actor(), Method: who.Method, RequestID: who.RequestID}
	by.Note, _ = ctx.Value(noteKey{}).(string)
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		by.Trace = span.TraceID().String()
	}
	return by
}

type noteKey struct{}

// because has what is done under the context audited with the reason that somebody gave for it.
func because(ctx context.Context, reason string) context.Context {
	return context.WithValue(ctx, noteKey{}, reason)
}
