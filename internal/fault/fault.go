// Package fault holds the refusals: every error that leaves a process is one of them.
//
// A refusal has a reason of a closed list, and one table gives its code and its sentence in Japanese and English, which
// names the next step. Nouns and verbs create refusals with New and Field; all other errors are classified where the
// call ends (Of): a store that is away, contention, a deadline, and for the rest INTERNAL with a bland text to the
// client and the whole error in the log. On the wire a refusal carries google.rpc.ErrorInfo (its reason and metadata),
// LocalizedMessage, and where they apply BadRequest and RetryInfo; FromRPC reads another service's refusal back, so that
// it passes through us as itself. Metadata are sent to clients: ids and numbers, never personal data.
package fault

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
)

// Domain is ErrorInfo's domain of every reason here.
const Domain = "issho.shop"

// Error is one refusal. Its methods which add to it answer the same refusal, so that they chain.
type Error struct {
	reason   Reason
	code     connect.Code // the table's; for a reason that only a newer service knows, the one received
	metadata map[string]string
	fields   []*errdetails.BadRequest_FieldViolation
	retry    time.Duration
	details  []proto.Message
	said     *errdetails.LocalizedMessage // as received; passed on only where the table has no sentence
	cause    error
}

// New returns a refusal with metadata in pairs of key and value. The sentences use the metadata they know of.
func New(r Reason, kv ...string) *Error {
	k, ok := kinds[r]
	if !ok || len(kv)%2 != 0 {
		return New(Internal).Because(fmt.Errorf("malformed refusal %q with %q", r, kv))
	}
	e := &Error{reason: r, code: k.code, retry: k.retry, metadata: map[string]string{}}
	for i := 0; i < len(kv); i += 2 {
		e.metadata[kv[i]] = kv[i+1]
	}
	return e
}

// Field refuses one field of the request; path is written as in the message ("lines[0].quantity").
func Field(path, description string) *Error {
	return New(FieldInvalid).And(path, description)
}

// And adds a further field that is refused.
func (e *Error) And(path, description string) *Error {
	e.fields = append(e.fields, &errdetails.BadRequest_FieldViolation{Field: path, Description: description})
	return e
}

// Because keeps the cause, which is logged and never sent.
func (e *Error) Because(err error) *Error {
	e.cause = err
	return e
}

// RetryIn says when trying again makes sense, instead of the table's time.
func (e *Error) RetryIn(d time.Duration) *Error {
	e.retry = d
	return e
}

// Attach adds a further detail for the client, such as the ways on.
func (e *Error) Attach(m proto.Message) *Error {
	e.details = append(e.details, m)
	return e
}

// Reason is why.
func (e *Error) Reason() Reason { return e.reason }

// Code is the code on the wire.
func (e *Error) Code() connect.Code { return e.code }

// Fields are the fields that the refusal names, with what is wrong with each.
func (e *Error) Fields() []*errdetails.BadRequest_FieldViolation { return e.fields }

// Metadata is a copy of the metadata. With the reason it is what a request's row keeps in order to refuse again alike:
// New(reason, Pairs(metadata)...).
func (e *Error) Metadata() map[string]string { return maps.Clone(e.metadata) }

// Pairs turns metadata into New's arguments, in the order of the keys.
func Pairs(metadata map[string]string) []string {
	kv := make([]string, 0, 2*len(metadata))
	for _, k := range slices.Sorted(maps.Keys(metadata)) {
		kv = append(kv, k, metadata[k])
	}
	return kv
}

// Error is the text for logs; the client never sees it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.reason))
	for _, k := range slices.Sorted(maps.Keys(e.metadata)) {
		fmt.Fprintf(&b, " %s=%s", k, e.metadata[k])
	}
	for _, f := range e.fields {
		fmt.Fprintf(&b, " %s: %s", f.GetField(), f.GetDescription())
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.cause }
