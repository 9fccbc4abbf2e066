package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// holdsNear is how long before its end a hold is counted: time enough for somebody to find out why it is not captured.
const holdsNear = 24 * time.Hour

func newHoldsGauge() (metric.Int64Gauge, error) {
	return otel.Meter("github.com/issho-shop/issho/services/payment").Int64Gauge("payment.holds.ending", metric.WithUnit("{hold}"),
		metric.WithDescription("Holds that the provider lets go of within a day, as of the last minute tick."))
}

// measureHolds counts the holds near their end.
func (s *paymentServer) measureHolds(ctx context.Context) error {
	now, err := spandb.Now(ctx, s.db.Single(), s.clock)
	if err != nil {
		return err
	}
	n, err := payment.CountEnding(ctx, s.db.Single(), now, now.Add(holdsNear))
	if err != nil {
		return err
	}
	s.holdsEnding.Record(ctx, n)
	return nil
}
