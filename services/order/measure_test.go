package main

import (
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

func TestWhatIsOverdueIsSeen(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	c := s.campaign(2, 2, 10)
	now := func() time.Time { return s.w.Clock().Now() }
	none := func() {
		t.Helper()
		late, err := group.OverdueSince(t.Context(), s.db.Single(), now())
		hold, err2 := order.OverdueSince(t.Context(), s.db.Single(), now())
		if err != nil || err2 != nil || late.Deadline.Valid || late.FanOut.Valid || hold.Valid {
			t.Fatalf("overdue: %v, %v, %v, %v", late, hold, err, err2)
		}
	}
	none()
	s.buy("hanako", start(c)) // her group's deadline is a day away
	silent := start(s.campaign(2, 2, 10))
	silent.Payment = saved("pm_card_silent")
	s.buy("taro", silent) // his hold ends in ten minutes
	none()
	s.w.Advance(25 * time.Hour)
	late, err := group.OverdueSince(t.Context(), s.db.Single(), now())
	if age := now().Sub(late.Deadline.Time); err != nil || !late.Deadline.Valid || age < 59*time.Minute || age > 61*time.Minute {
		t.Errorf("a deadline is overdue by %v, want an hour: %v", age, err)
	}
	hold, err := order.OverdueSince(t.Context(), s.db.Single(), now())
	if age := now().Sub(hold.Time); err != nil || !hold.Valid || age < 24*time.Hour || age > 25*time.Hour {
		t.Errorf("a hold is overdue by %v, want a day less ten minutes: %v", age, err)
	}
}

// Not parallel: the meter provider is the process's.
func TestWhatPeopleDoIsCounted(t *testing.T) {
	reader := metric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })
	s := openWith(t, byHand)
	req := start(s.campaign(2, 2, 10))
	s.buy("hanako", req)
	s.buy("hanako", req) // a repeat is no further order
	counts := tally(t, reader)
	for what, want := range map[string]int64{"start PENDING_PAYMENT": 1, "start AWAITING_GROUP": 1, "group.opened": 1} {
		if counts[what] != want {
			t.Errorf("%s: counted %d, want %d; all: %v", what, counts[what], want, counts)
		}
	}
}

// tally is how often what happened to orders, by kind and state, and to groups, by event.
func tally(t *testing.T, reader metric.Reader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok {
				continue
			}
			for _, p := range sum.DataPoints {
				switch m.Name {
				case "order.transitions":
					kind, _ := p.Attributes.Value("kind")
					to, _ := p.Attributes.Value("to")
					counts[kind.AsString()+" "+to.AsString()] += p.Value
				case "group.transitions":
					event, _ := p.Attributes.Value("event")
					counts[event.AsString()] += p.Value
				}
			}
		}
	}
	return counts
}
