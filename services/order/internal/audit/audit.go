// Package audit writes down every transition of orders and groups: who caused it, through what, why, and the row as it
// stood afterwards. Versions of an entity run from 1 without a gap, so that the trail alone rebuilds it. Insert only.
package audit

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Row is one row of Audit: a transition.
type Row struct {
	Entity    string           `spanner:"Entity"`
	Version   int64            `spanner:"Version"`
	FromState string           `spanner:"FromState"`
	ToState   string           `spanner:"ToState"`
	Reason    string           `spanner:"Reason"`
	Actor     string           `spanner:"Actor"`
	Method    string           `spanner:"Method"`
	RequestID string           `spanner:"RequestId"`
	Trace     string           `spanner:"Trace"`
	After     spandb.JSON[any] `spanner:"After"` // the row as it stood then
	At        time.Time        `spanner:"MadeAt"`
	Note      string           `spanner:"Note"`
}

// Cause is who brings about the transitions of one transaction, and through what.
type Cause struct {
	Actor     string // "user/…", "service/…"
	Method    string // the procedure, event or loop
	RequestID string // empty where the method has none
	Trace     string // the trace's id, in hexadecimal; empty without one
	Note      string // the reason that a merchant or an operator gave; empty for others
}

// Write returns the mutation that records one transition of an entity ("order/ord_…").
func Write(by Cause, entity string, version int64, from, to, reason string, after any, at time.Time) (*spanner.Mutation, error) {
	return spanner.InsertStruct("Audit", &Row{
		Entity: entity, Version: version, FromState: from, ToState: to, Reason: reason,
		Actor: by.Actor, Method: by.Method, RequestID: by.RequestID, Trace: by.Trace,
		After: spandb.JSON[any]{V: after}, At: at, Note: by.Note,
	})
}

// After answers up to limit transitions of an entity above the version given, oldest first.
func After(ctx context.Context, r spandb.Reader, entity string, version int64, limit int) ([]Row, error) {
	return spandb.Range[Row](ctx, r, "Audit",
		spanner.KeyRange{Start: spanner.Key{entity, version}, End: spanner.Key{entity}, Kind: spanner.OpenClosed}, limit)
}
