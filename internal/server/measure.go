package server

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// instruments are what every process measures of itself, beside the spans' own durations of RPCs (rpc.server.call.duration,
// rpc.client.call.duration; see newServer) and those of package inbox, outbox and roundtrip:
//
//	rpc.outcomes       RPCs ended, refused at the gate or later included, by rpc.method, code, reason and kind of caller
//	job.duration       rounds of the loops, seconds, by job and outcome (done, failed)
//	job.lag            seconds since the last round of a loop that was done, by job; grows while none is
//	verify.violations  violations of an invariant that a Verify has found, by invariant; 0 is counted too
type instruments struct {
	outcomes   metric.Int64Counter
	rounds     metric.Float64Histogram
	violations metric.Int64Counter
	lag        metric.Float64ObservableGauge
}

const scope = "github.com/issho-shop/issho/internal/server"

func newInstruments() (i instruments, err error) {
	var errs [4]error
	meter := otel.Meter(scope)
	i.outcomes, errs[0] = meter.Int64Counter("rpc.outcomes", metric.WithUnit("{call}"), metric.WithDescription("RPCs by how they ended."))
	i.rounds, errs[1] = meter.Float64Histogram("job.duration", metric.WithUnit("s"), metric.WithDescription("Rounds of loops."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60))
	i.violations, errs[2] = meter.Int64Counter("verify.violations", metric.WithUnit("{violation}"), metric.WithDescription("Violated invariants."))
	i.lag, errs[3] = meter.Float64ObservableGauge("job.lag", metric.WithUnit("s"), metric.WithDescription("Since a loop's last good round."))
	return i, errors.Join(errs[:]...)
}

// outcome is how an RPC ended, as it is counted.
type outcome struct{ method, code, reason, caller string }

// set is its attributes.
func (o outcome) set() metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String("rpc.method", strings.TrimPrefix(o.method, "/")),
		attribute.String("code", o.code), attribute.String("reason", o.reason), attribute.String("caller", o.caller)))
}

// ended counts an RPC.
func (i instruments) ended(ctx context.Context, o outcome) { i.outcomes.Add(ctx, 1, o.set()) }

// Counted counts a call of a method, such as "/issho.catalog.v1.CatalogService/GetProduct", that is answered before it comes to
// the method's handler. The context holds the caller.
func (s *Server) Counted(ctx context.Context, method string) {
	s.measure.ended(ctx, outcome{method, "ok", "", caller.From(ctx).Kind()})
}

// job is a loop, as far as it is measured.
type job struct {
	name string
	good atomic.Int64 // when a round was last done, UnixNano
}

// job returns a new loop's, and has its lag told with every export.
func (i instruments) job(name string) *job {
	j := &job{name: name}
	j.good.Store(time.Now().UnixNano())
	_, err := otel.Meter(scope).RegisterCallback(func(_ context.Context, o metric.Observer) error {
		o.ObserveFloat64(i.lag, time.Since(time.Unix(0, j.good.Load())).Seconds(), metric.WithAttributes(attribute.String("job", j.name)))
		return nil
	}, i.lag)
	if err != nil {
		otel.Handle(err) // the loop runs unmeasured
	}
	return j
}

// round runs one round of a loop and measures it.
func (i instruments) round(ctx context.Context, j *job, fn func(context.Context) error) error {
	began, outcome := time.Now(), "done"
	err := fault.Guard(func() error { return fn(ctx) })
	if err != nil {
		outcome = "failed"
	} else {
		j.good.Store(time.Now().UnixNano())
	}
	i.rounds.Record(ctx, time.Since(began).Seconds(), metric.WithAttributes(attribute.String("job", j.name), attribute.String("outcome", outcome)))
	return err
}

// verdicts counts what a service's Verify has found, whoever asked for it.
type verdicts struct{ s *Server }

func (v verdicts) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		res, err := next(ctx, req)
		if err != nil {
			return res, err
		}
		if said, ok := res.Any().(interface{ GetFindings() []*typev1.Finding }); ok {
			for _, f := range said.GetFindings() {
				v.s.found(ctx, f)
			}
		}
		return res, nil
	}
}

func (verdicts) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

func (verdicts) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// found counts and logs a finding, which holds ids only.
func (s *Server) found(ctx context.Context, f *typev1.Finding) {
	s.measure.violations.Add(ctx, f.GetViolationCount(), metric.WithAttributes(attribute.String("invariant", f.GetInvariant())))
	if f.GetViolationCount() > 0 {
		s.log.LogAttrs(ctx, slog.LevelError, "an invariant is violated", slog.String("invariant", f.GetInvariant()),
			slog.Int64("violations", f.GetViolationCount()), slog.Any("first", f.GetViolations()))
	}
}
