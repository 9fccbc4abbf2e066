package server

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// measured collects what all tests measure; each looks for its own attributes.
var measured = metric.NewManualReader()

// points answers, of a metric, the value of every point that has those attributes: a histogram's is its count.
func points(t *testing.T, name string, with ...attribute.KeyValue) (values []float64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := measured.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	add := func(set attribute.Set, value float64) {
		for _, want := range with {
			if got, ok := set.Value(want.Key); !ok || got != want.Value {
				return
			}
		}
		values = append(values, value)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, float64(p.Value))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, float64(p.Count))
				}
			case metricdata.Gauge[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, p.Value)
				}
			}
		}
	}
	return values
}

func TestOutcomesOfRPCs(t *testing.T) {
	t.Parallel()
	p := withOrders(t, orders{invite: func(context.Context) error { return fault.New(fault.CouponNotUsable) }})
	header := map[string]string{"Content-Type": "application/json"}
	for range 2 {
		p.post(t, "POST", inviteMethod, header, strings.NewReader(`{"token":"x"}`))
	}
	method := attribute.String("rpc.method", strings.TrimPrefix(inviteMethod, "/"))
	got := points(t, "rpc.outcomes", method, attribute.String("code", "failed_precondition"),
		attribute.String("reason", "COUPON_NOT_USABLE"), attribute.String("caller", "public"))
	if len(got) != 1 || got[0] != 2 {
		t.Errorf("refusals counted %v, want 2", got)
	}
	p.post(t, "POST", checkoutMethod, header, strings.NewReader("{}")) // the gate refuses it, before any interceptor
	if got := points(t, "rpc.outcomes", attribute.String("reason", "TOKEN_MISSING")); len(got) == 0 {
		t.Error("what the gate refused was not counted")
	}
}

func TestRoundsOfLoops(t *testing.T) {
	t.Parallel()
	p := prepare(t, nil)
	var rounds atomic.Int32
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) })
	p.Loop("measured", time.Millisecond, func(context.Context) error {
		switch rounds.Add(1) {
		case 1:
			return nil
		case 2:
			return errors.New("no")
		}
		<-stuck
		return nil
	})
	p.serve(t)
	eventually(t, func() bool { return rounds.Load() == 3 })
	job := attribute.String("job", "measured")
	for _, outcome := range []string{"done", "failed"} {
		if got := points(t, "job.duration", job, attribute.String("outcome", outcome)); len(got) != 1 || got[0] != 1 {
			t.Errorf("%s: %v rounds, want 1", outcome, got)
		}
	}
	first := points(t, "job.lag", job)
	eventually(t, func() bool { return points(t, "job.lag", job)[0] > first[0] })
}

func TestVerdictsAreCounted(t *testing.T) {
	t.Parallel()
	p := prepare(t, nil)
	verify := verdicts{p.Server}.WrapUnary(func(context.Context, connect.AnyRequest) (connect.AnyResponse, error) {
		return connect.NewResponse(&orderv1.VerifyResponse{Findings: []*typev1.Finding{
			{Invariant: "I1 of this test", Checked: 5},
			{Invariant: "I2 of this test", Checked: 5, ViolationCount: 3, Violations: []string{"sku_1"}},
		}}), nil
	})
	if _, err := verify(t.Context(), connect.NewRequest(&orderv1.VerifyRequest{})); err != nil {
		t.Fatal(err)
	}
	for invariant, want := range map[string]float64{"I1 of this test": 0, "I2 of this test": 3} {
		if got := points(t, "verify.violations", attribute.String("invariant", invariant)); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v violations, want %v", invariant, got, want)
		}
	}
	if line := p.log.find(t, "invariant", "I2 of this test"); len(line) != 1 || line[0]["severity"] != "ERROR" {
		t.Errorf("logged %v", line)
	}
}
