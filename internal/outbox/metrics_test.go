package outbox_test

import (
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/testenv"
)

// Not parallel: the meter provider is the process's.
func TestSweepTellsDepthAndAge(t *testing.T) {
	reader := metric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })

	w := testenv.New(t, "order")
	out, db := start(t, w, w.OutboxConfig())
	w.Break("order", true)
	send(t, out, outbox.Event("order", "order.paid", "order/o_1", 1, at, body(t, "x")))
	if err := out.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	age(t, db)
	if _, err := out.Sweep(t.Context()); err == nil {
		t.Error("a sweep into a missing topic succeeded")
	}
	if depth, age := gauges(t, reader); depth != 1 || age < 59 || age > 120 {
		t.Errorf("depth %d, age %v s; want 1 and a minute", depth, age)
	}
	w.Break("order", false)
	for range 2 { // the second finds nothing
		if _, err := out.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if depth, age := gauges(t, reader); depth != 0 || age != 0 {
		t.Errorf("depth %d, age %v s; want none", depth, age)
	}
}

func gauges(t *testing.T, reader metric.Reader) (depth int64, age float64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch g := m.Data.(type) {
			case metricdata.Gauge[int64]:
				depth = g.DataPoints[0].Value
			case metricdata.Gauge[float64]:
				age = g.DataPoints[0].Value
			}
		}
	}
	return depth, age
}
