package main

import (
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// The provider says until when it holds the money; the metric counts a hold from a day before its end until it is captured.
func TestHoldsEnding(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	until := x.row(orderID).CaptureBefore
	if days := until.Time.Sub(x.w.Clock().Now()); !until.Valid || days < 6*24*time.Hour || days > 8*24*time.Hour {
		t.Fatalf("the hold ends %v, want in a week, as the provider has it", until)
	}
	if n := x.holdsEnding(); n != 0 {
		t.Errorf("%d holds near their end, want none", n)
	}
	x.w.Advance(time.Until(until.Time) - 23*time.Hour)
	if n := x.holdsEnding(); n != 1 {
		t.Errorf("%d holds near their end, want the one", n)
	}
	x.confirm(orderID)
	x.reaches(orderID, payment.Captured)
	if n := x.holdsEnding(); n != 0 {
		t.Errorf("%d holds near their end after the capture, want none", n)
	}
}

// holdsEnding measures as the minute tick does.
func (x *shop) holdsEnding() int64 {
	x.Helper()
	reader := sdk.NewManualReader()
	gauge, err := sdk.NewMeterProvider(sdk.WithReader(reader)).Meter("test").Int64Gauge("holds")
	if err != nil {
		x.Fatal(err)
	}
	s := &paymentServer{db: x.db, clock: x.w.Clock(), holdsEnding: gauge}
	if err := s.measureHolds(x.Context()); err != nil {
		x.Fatal(err)
	}
	var got metricdata.ResourceMetrics
	if err := reader.Collect(x.Context(), &got); err != nil {
		x.Fatal(err)
	}
	return got.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64]).DataPoints[0].Value
}
