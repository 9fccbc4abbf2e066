package main

import (
	"fmt"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/issho-shop/issho/internal/testenv"
)

// Not parallel: the meter provider is the process's.
func TestTheLagOfTheIndexIsMeasured(t *testing.T) {
	reader := metric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })

	w := prepare(t)
	w.catalog.change(func() { w.catalog.down = true })
	w.base = testenv.Serve(w.World, run)
	becomes := func(what string, holds func(lag float64) bool) {
		t.Helper()
		testenv.Eventually(t, func() error {
			if lag := indexLag(t, reader); !holds(lag) {
				return fmt.Errorf("%s: the index is %v s behind", what, lag)
			}
			return nil
		})
	}
	becomes("before catalog was ever read", func(lag float64) bool { return lag > 2 })
	w.catalog.change(func() { w.catalog.down = false })
	becomes("while catalog is followed", func(lag float64) bool { return lag >= 0 && lag < 2 })
	w.catalog.change(func() { w.catalog.down = true })
	becomes("while catalog is down", func(lag float64) bool { return lag > 2 })
}

// indexLag is the gauge as it would be exported now, or -1 where there is none.
func indexLag(t *testing.T, reader metric.Reader) float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if data, ok := m.Data.(metricdata.Gauge[float64]); ok && m.Name == "search.index.lag" {
				return data.DataPoints[0].Value
			}
		}
	}
	return -1
}
