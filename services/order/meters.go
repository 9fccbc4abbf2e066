package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// meters tell how well order keeps its times: `order.due.lag`, how late holds, deadlines and outcomes were applied, and
// `order.sweep.found`, what the sweeps had to finish because nobody else had. Both name what: hold, deadline, fan_out; the
// sweeps also unpaid and closing.
type meters struct {
	lag   metric.Float64Histogram
	found metric.Int64Counter
}

func newMeters() (m meters, err error) {
	meter := otel.Meter("github.com/issho-shop/issho/services/order")
	m.lag, err = meter.Float64Histogram("order.due.lag", metric.WithUnit("s"), metric.WithDescription("How late what was due was applied."),
		metric.WithExplicitBucketBoundaries(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 3600))
	if err != nil {
		return m, err
	}
	m.found, err = meter.Int64Counter("order.sweep.found", metric.WithUnit("{item}"), metric.WithDescription("What the sweeps found undone."))
	return m, err
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

// swept counts what a sweep has found.
func (m meters) swept(ctx context.Context, kind string, n int) {
	if n > 0 {
		m.found.Add(ctx, int64(n), what(kind))
	}
}

func what(kind string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("what", kind))
}
