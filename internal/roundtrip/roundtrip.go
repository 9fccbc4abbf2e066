// Package roundtrip counts and times the calls that a process makes to what it
// stands on: Spanner, Firestore, Pub/Sub, Cloud Tasks.
//
// A request is as slow as the calls that it waits for, and what changes
// unnoticed is how many they are. Each call is one point of
// `store.call.duration`, seconds, by store, operation (the last part of the gRPC
// method) and code; a stream lasts until it was read to its end or let go.
// Nothing of what is asked or answered is looked at.
//
// Used by spandb, firedb and outbox.
package roundtrip

import (
	"context"
	"path"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// Measured returns what a client must be dialled with to have its calls measured
// as those to store: "spanner".
func Measured(store string) grpc.DialOption {
	seconds, err := otel.Meter("github.com/issho-shop/issho/internal/roundtrip").Float64Histogram("store.call.duration",
		metric.WithUnit("s"), metric.WithDescription("Calls to a store, by operation and code."),
		metric.WithExplicitBucketBoundaries(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10))
	if err != nil {
		otel.Handle(err) // the instrument works on as a no-op
	}
	return grpc.WithStatsHandler(&handler{store: store, seconds: seconds})
}

type handler struct {
	store   string
	seconds metric.Float64Histogram
	sets    sync.Map // key → metric.MeasurementOption: there are few, and calls are many
}

type key struct{ operation, code string }

type operation struct{}

// TagRPC notes which operation a call is.
func (h *handler) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, operation{}, path.Base(info.FullMethodName))
}

// HandleRPC measures a call once it has ended.
func (h *handler) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if end, ok := s.(*stats.End); ok {
		name, _ := ctx.Value(operation{}).(string)
		h.seconds.Record(ctx, end.EndTime.Sub(end.BeginTime).Seconds(), h.set(key{name, status.Code(end.Error).String()}))
	}
}

func (h *handler) set(k key) metric.MeasurementOption {
	if known, ok := h.sets.Load(k); ok {
		return known.(metric.MeasurementOption)
	}
	set := metric.WithAttributeSet(attribute.NewSet(attribute.String("store", h.store),
		attribute.String("operation", k.operation), attribute.String("code", k.code)))
	h.sets.Store(k, set)
	return set
}

// TagConn and HandleConn do nothing: connections are failfast's.
func (h *handler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (h *handler) HandleConn(context.Context, stats.ConnStats) {}
