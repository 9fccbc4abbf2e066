package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/issho-shop/issho/services/order/internal/order"
)

// meters tell how well order keeps its times: `order.due.lag`, how late holds, deadlines and outcomes were applied,
// `order.overdue.age`, how long the one that has waited longest is overdue (0: none is), and `order.sweep.found`, what the
// sweeps had to finish because nobody else had. All name what: hold, deadline, fan_out; the sweeps also unpaid and closing.
//
// They tell as well how far people come: `order.transitions` by kind (solo, start, join), to (the state) and reason (of a
// cancellation), and `group.transitions` by event.
type meters struct {
	lag     metric.Float64Histogram
	overdue metric.Float64Gauge
	found   metric.Int64Counter
	orders  metric.Int64Counter
	groups  metric.Int64Counter
}

const scope = "github.com/issho-shop/issho/services/order"

func newMeters() (m meters, err error) {
	var errs [5]error
	meter := otel.Meter(scope)
	m.lag, errs[0] = meter.Float64Histogram("order.due.lag", metric.WithUnit("s"), metric.WithDescription("How late what was due was applied."),
		metric.WithExplicitBucketBoundaries(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 3600))
	m.overdue, errs[1] = meter.Float64Gauge("order.overdue.age", metric.WithUnit("s"), metric.WithDescription("How long the most overdue one has waited."))
	m.found, errs[2] = meter.Int64Counter("order.sweep.found", metric.WithUnit("{item}"), metric.WithDescription("What the sweeps found undone."))
	m.orders, errs[3] = meter.Int64Counter("order.transitions", metric.WithUnit("{order}"), metric.WithDescription("Orders that came to a state."))
	m.groups, errs[4] = meter.Int64Counter("group.transitions", metric.WithUnit("{group}"), metric.WithDescription("Events of groups."))
	return m, errors.Join(errs[:]...)
}

// counted is a transition, as far as it is counted.
type counted struct {
	group, kind, to, reason string // group: its event, of a group's; the others of an order's
}

// stepOf is what is counted of an order's transition.
func stepOf(t order.Transition) counted {
	s := counted{kind: "join", to: string(t.After.State), reason: string(t.After.CancelReason)}
	switch {
	case t.After.Solo():
		s.kind = "solo"
	case t.After.CustomerID == t.After.LeaderID:
		s.kind = "start"
	}
	return s
}

// committed counts what a transaction has done.
func (m meters) committed(ctx context.Context, late []lateness, steps []counted) {
	for _, l := range late {
		m.lag.Record(ctx, l.by.Seconds(), what(l.what))
	}
	for _, s := range steps {
		if s.group != "" {
			m.groups.Add(ctx, 1, metric.WithAttributes(attribute.String("event", s.group)))
			continue
		}
		m.orders.Add(ctx, 1, metric.WithAttributes(attribute.String("kind", s.kind), attribute.String("to", s.to), attribute.String("reason", s.reason)))
	}
}

// lateness is how late something due was applied.
type lateness struct {
	what string
	by   time.Duration
}

// applied notes how late this work does what was due at the time given.
func (w *work) applied(what string, due time.Time) {
	w.late = append(w.late, lateness{what, w.now.Sub(due)})
}

// swept counts what a sweep has found; 0 too, so that there is something to look at.
func (m meters) swept(ctx context.Context, kind string, n int) {
	m.found.Add(ctx, int64(n), what(kind))
}

func what(kind string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("what", kind))
}
