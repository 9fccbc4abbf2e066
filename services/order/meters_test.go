package main

import (
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// Not parallel: the meter provider is the process's.
func TestTheLagOfWhatWasDueIsMeasured(t *testing.T) {
	reader := metric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })

	s := openWith(t, byHand)
	first := s.buy("hanako", start(s.campaign(2, 2, 10)))
	s.w.Advance(24*time.Hour + 5*time.Minute) // nobody came at the deadline
	s.tick()                                  // finds the deadline
	s.tick()                                  // and its outcome
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)

	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	late, found := map[string]float64{}, map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, point := range data.DataPoints {
					kind, _ := point.Attributes.Value("what")
					late[m.Name+" "+kind.AsString()] += point.Sum
				}
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					kind, _ := point.Attributes.Value("what")
					found[m.Name+" "+kind.AsString()] += point.Value
				}
			}
		}
	}
	if lag := late["order.due.lag deadline"]; lag < 299 || lag > 600 {
		t.Errorf("the deadline was applied %v s late, want five minutes", lag)
	}
	if found["order.sweep.found deadline"] != 1 || found["order.sweep.found fan_out"] != 1 {
		t.Errorf("the sweeps found %v", found)
	}
}
