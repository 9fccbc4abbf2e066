package firedb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
)

// requestKept is how long a request id is remembered.
const requestKept = 7 * 24 * time.Hour

// Request is a request id as it is remembered: a document of requests/, written in the commit of what the request made,
// so that both stand or neither. It is scoped to caller and method.
type Request struct {
	Actor       string    `firestore:"actor"`
	Method      string    `firestore:"method"`
	RequestID   string    `firestore:"request_id"`
	Fingerprint string    `firestore:"fingerprint"` // SHA-256 of the whole message
	ExpireTime  time.Time `firestore:"expire_time"` // swept after it
}

// NewRequest is the request that who makes with msg.
func NewRequest(who caller.Caller, msg proto.Message, now time.Time) (Request, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
	if err != nil {
		return Request{}, err
	}
	sum := sha256.Sum256(b)
	return Request{
		Actor: who.Actor(), Method: who.Method, RequestID: who.RequestID,
		Fingerprint: hex.EncodeToString(sum[:]), ExpireTime: now.Add(requestKept),
	}, nil
}

// ID derives the id of what the request makes, always the same one.
func (r Request) ID(prefix string) string { return id.Derive(prefix, r.Actor, r.Method, r.RequestID) }

// Seen tells whether the request was carried out before; REQUEST_ID_REUSED when it then had other content.
func (r Request) Seen(ctx context.Context, c *firestore.Client) (bool, error) {
	was, _, ok, err := Get[Request](ctx, r.ref(c))
	if err != nil || !ok {
		return false, err
	}
	if was.Fingerprint != r.Fingerprint {
		return false, fault.New(fault.RequestIDReused)
	}
	return true, nil
}

// Write remembers the request. The commit fails with Exists when the same one was faster.
func (r Request) Write(c *firestore.Client) Write { return Create(r.ref(c), r) }

// SweepRequests forgets the requests that are old enough, and tells how many.
func SweepRequests(ctx context.Context, c *firestore.Client, now time.Time) (int, error) {
	return Sweep(ctx, c, c.Collection("requests"), "expire_time", now)
}

// ForgetRequests forgets all requests of an actor, and tells how many.
func ForgetRequests(ctx context.Context, c *firestore.Client, actor string) (int, error) {
	return DeleteAll(ctx, c, c.Collection("requests").Where("actor", "==", actor))
}

func (r Request) ref(c *firestore.Client) *firestore.DocumentRef {
	return c.Collection("requests").Doc(r.ID("req"))
}
