// Package audit writes down every transition of orders and groups: who caused it, through what, why, and the row as it
// stood afterwards. Versions of an entity run from 1 without a gap, so that the trail alone rebuilds it. Insert only.
package audit

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/spandb"
)

type row struct {
	Entity    string           `spanner:"Entity"`
	Version   int64            `spanner:"Version"`
	FromState string           `spanner:"FromState"`
	ToState   string           `spanner:"ToState"`
	Reason    string           `spanner:"Reason"`
	Actor     string           `spanner:"Actor"`
	Method    string           `spanner:"Method"`
	RequestID string           `spanner:"RequestId"`
	Trace     string           `spanner:"Trace"`
	After     spandb.JSON[any] `spanner:"After"`
	At        time.Time        `spanner:"MadeAt"`
}

// Row returns the mutation that records one transition of an entity ("order/ord_…"), caused by the caller in ctx.
func Row(ctx context.Context, entity string, version int64, from, to, reason string, after any, at time.Time) (*spanner.Mutation, error) {
	who := caller.From(ctx)
	r := row{
		Entity: entity, Version: version, FromState: from, ToState: to, Reason: reason,
		Actor: who.Actor(), Method: who.Method, RequestID: who.RequestID,
		After: spandb.JSON[any]{V: after}, At: at,
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		r.Trace = span.TraceID().String()
	}
	return spanner.InsertStruct("Audit", &r)
}
