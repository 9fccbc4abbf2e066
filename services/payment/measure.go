package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/issho-shop/issho/services/payment/internal/manual"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// holdsNear is how long before its end a hold is counted: time enough for somebody to find out why it is not captured.
const holdsNear = 24 * time.Hour

// meters tell what payment waits for:
//
//	payment.waiting       payments between two states, by state (UNKNOWN, CAPTURING, VOIDING, REFUNDING, …)
//	payment.waiting.age   seconds that the oldest of them has been in it
//	payment.holds.ending  holds that the provider lets go of within a day
//	payment.manual.open   pieces of work left to people, by kind; SETTLEMENT is a difference between Stripe's books and ours
//	payment.webhooks      notices by outcome: taken, refused (nobody of Stripe's signed them), failed (the provider sends them again)
type meters struct {
	waiting  metric.Int64Gauge
	age      metric.Float64Gauge
	ending   metric.Int64Gauge
	manual   metric.Int64Gauge
	webhooks metric.Int64Counter
}

func newMeters() (m meters, err error) {
	var errs [5]error
	meter := otel.Meter("github.com/issho-shop/issho/services/payment")
	m.waiting, errs[0] = meter.Int64Gauge("payment.waiting", metric.WithUnit("{payment}"), metric.WithDescription("Payments that wait, by state."))
	m.age, errs[1] = meter.Float64Gauge("payment.waiting.age", metric.WithUnit("s"), metric.WithDescription("How long the oldest of them has."))
	m.ending, errs[2] = meter.Int64Gauge("payment.holds.ending", metric.WithUnit("{hold}"), metric.WithDescription("Holds let go of within a day."))
	m.manual, errs[3] = meter.Int64Gauge("payment.manual.open", metric.WithUnit("{piece}"), metric.WithDescription("Work left to people, by kind."))
	m.webhooks, errs[4] = meter.Int64Counter("payment.webhooks", metric.WithUnit("{notice}"), metric.WithDescription("Webhooks by outcome."))
	return m, errors.Join(errs[:]...)
}

// noticed counts a webhook.
func (m meters) noticed(ctx context.Context, outcome string) {
	m.webhooks.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", outcome)))
}

// measure looks once a minute, in each instance, since a gauge that is left alone goes on telling what it was told last. The
// reads are stale by a moment.
func (s *paymentServer) measure(ctx context.Context) error {
	now := s.clock.Now()
	waiting, err := payment.ListWaiting(ctx, s.db.Stale(time.Second), now, now.Add(holdsNear))
	if err != nil {
		return err
	}
	open, err := manual.CountOpen(ctx, s.db.Stale(time.Second))
	if err != nil {
		return err
	}
	ending := int64(0)
	for _, w := range waiting {
		ending += w.Ending
		if w.State != payment.Authorised { // which waits for its group, as it should
			s.meters.waiting.Record(ctx, w.Count, metric.WithAttributes(attribute.String("state", string(w.State))))
			s.meters.age.Record(ctx, w.Age(now).Seconds(), metric.WithAttributes(attribute.String("state", string(w.State))))
		}
	}
	s.meters.ending.Record(ctx, ending)
	for _, kind := range manual.Kinds {
		s.meters.manual.Record(ctx, open[kind], metric.WithAttributes(attribute.String("kind", string(kind))))
	}
	return nil
}
