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
}

// Refusal is why a request was refused.
type Refusal struct {
	Reason   string
	Metadata map[string]string
}

// Seen answers the row of an earlier request with the same id, and whether there is one. REQUEST_ID_REUSED when that one
// had other content; the refusal itself when it was refused.
func (r Request) Seen(ctx context.Context, tx spandb.Reader) (Request, bool, error) {
	prior, ok, err := spandb.Get[Request](ctx, tx, "Requests", spanner.Key{r.CallerID, r.Method, r.RequestID})
	switch {
	case err != nil || !ok:
		return prior, false, err
	case !bytes.Equal(prior.Fingerprint, r.Fingerprint):
		return prior, true, fault.New(fault.RequestIDReused)
	case prior.Refusal.V != nil:
		return prior, true, fault.New(fault.Reason(prior.Refusal.V.Reason), fault.Pairs(prior.Refusal.V.Metadata)...)
	}
	return prior, true, nil
}

// Made returns the mutation that remembers the order made.
func (r Request) Made(order string, now time.Time) (*spanner.Mutation, error) {
	r.OrderID, r.CreatedAt = order, now
	return spanner.InsertStruct("Requests", &r)
}

// Refused returns the mutation that remembers the refusal.
func (r Request) Refused(why *fault.Error, now time.Time) (*spanner.Mutation, error) {
	r.Refusal.V = &Refusal{Reason: string(why.Reason()), Metadata: why.Metadata()}
	r.CreatedAt = now
	return spanner.InsertStruct("Requests", &r)
}
