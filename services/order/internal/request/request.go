// Package request remembers what a request id was answered, so that a repeat meets the same answer: the same order as it
// then stands, or the same refusal. A request is scoped to its caller and method; its row is written in the transaction
// that decided it and kept 7 days.
package request

import (
	"bytes"
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
)

// Request is one row of Requests.
type Request struct {
	CallerID    string                `spanner:"CallerId"`
	Method      string                `spanner:"Method"`
	RequestID   string                `spanner:"RequestId"`
	Fingerprint []byte                `spanner:"Fingerprint"` // the same for equal messages, and for no others
	OrderID     string                `spanner:"OrderId"`
	Refusal     spandb.JSON[*Refusal] `spanner:"Refusal"`
	CreatedAt   time.Time             `spanner:"CreatedAt"`
	MadeID      spanner.NullString    `spanner:"Made"` // what else than an order was made
}

// Refusal is why a request was refused.
type Refusal struct {
	Reason   string
	Metadata map[string]string
}

// Key names a request: who asks for what, and under which id.
type Key struct{ CallerID, Method, RequestID string }

// Key names the request.
func (r *Request) Key() Key { return Key{r.CallerID, r.Method, r.RequestID} }

// ReadAll answers the rows of those of the requests given that were answered before.
func ReadAll(ctx context.Context, tx spandb.Reader, requests []Key) (map[Key]*Request, error) {
	keys := make([]spanner.KeySet, 0, len(requests))
	for _, k := range requests {
		keys = append(keys, spanner.Key{k.CallerID, k.Method, k.RequestID})
	}
	rows, err := spandb.Rows[Request](ctx, tx, "Requests", spanner.KeySets(keys...))
	answered := make(map[Key]*Request, len(rows))
	for i := range rows {
		answered[rows[i].Key()] = &rows[i]
	}
	return answered, err
}

// Answer answers the order, or what else was made, for a request with the same id before. REQUEST_ID_REUSED when that one had other
// content; the refusal itself when it was refused.
func (r *Request) Answer(fingerprint []byte) (string, error) {
	switch {
	case !bytes.Equal(r.Fingerprint, fingerprint):
		return "", fault.New(fault.RequestIDReused)
	case r.Refusal.V != nil:
		return "", fault.New(fault.Reason(r.Refusal.V.Reason), fault.Pairs(r.Refusal.V.Metadata)...)
	}
	if r.MadeID.Valid {
		return r.MadeID.StringVal, nil
	}
	return r.OrderID, nil
}

// Made is the row that remembers the order made.
func (r Request) Made(order string, now time.Time) *Request {
	r.OrderID, r.CreatedAt = order, now
	return &r
}

// MadeElse is the row that remembers what else than an order was made.
func (r Request) MadeElse(id string, now time.Time) *Request {
	r.MadeID, r.CreatedAt = spanner.NullString{StringVal: id, Valid: true}, now
	return &r
}

// Refused is the row that remembers the refusal.
func (r Request) Refused(why *fault.Error, now time.Time) *Request {
	r.Refusal.V = &Refusal{Reason: string(why.Reason()), Metadata: why.Metadata()}
	r.CreatedAt = now
	return &r
}

// Write returns the mutation that stores the row.
func (r *Request) Write() (*spanner.Mutation, error) { return spanner.InsertStruct("Requests", r) }

// Forget deletes all requests of a caller.
func Forget(callerID string) *spanner.Mutation {
	return spanner.Delete("Requests", spanner.Key{callerID}.AsPrefix())
}
