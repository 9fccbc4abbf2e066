package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// measure tells how long what is due has waited. Each instance looks for itself, since a gauge that is left alone goes on
// telling what it was told last; the reads are stale by a moment and meet only rows that are overdue.
func (s *server) measure(ctx context.Context) error {
	now := s.clock.Now()
	hold, err := order.OverdueSince(ctx, s.db.Stale(staleness), now)
	if err != nil {
		return err
	}
	late, err := group.OverdueSince(ctx, s.db.Stale(staleness), now)
	if err != nil {
		return err
	}
	for kind, since := range map[string]spanner.NullTime{"hold": hold, "deadline": late.Deadline, "fan_out": late.FanOut} {
		age := 0.0
		if since.Valid {
			age = max(0, now.Sub(since.Time).Seconds())
		}
		s.meters.overdue.Record(ctx, age, what(kind))
	}
	return nil
}

// staleness of the reads that only measure.
const staleness = time.Second

// tellBreaker has each export of metrics tell whether payment is asked at present: order.breaker.open, 0 or 1.
func (s *server) tellBreaker() error {
	_, err := otel.Meter(scope).Int64ObservableGauge("order.breaker.open", metric.WithUnit("1"),
		metric.WithDescription("1 while checkouts are refused because payment does not answer."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			open := int64(0)
			if s.breaker.RemainingDelay() > 0 {
				open = 1
			}
			o.Observe(open)
			return nil
		}))
	return err
}
