package fault

import (
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
)

// ReasonOf is the reason of a refusal, ours or one received from another service; "" when err is none.
func ReasonOf(err error) Reason {
	if e := read(err); e != nil {
		return e.reason
	}
	return ""
}

// Meta is one of a refusal's metadata, ours or received.
func Meta(err error, key string) string {
	if e := read(err); e != nil {
		return e.metadata[key]
	}
	return ""
}

// Detail is the first attached detail of type M, ours or received.
func Detail[M proto.Message](err error) (M, bool) {
	if e := read(err); e != nil {
		for _, d := range e.details {
			if m, ok := d.(M); ok {
				return m, true
			}
		}
	}
	var none M
	return none, false
}

// FromRPC is what a call to another service of ours failed with, for our own caller. Its refusals pass on as
// themselves. Being refused as a caller is a fault of our deployment and says nothing about the customer's login, so
// it becomes DEPENDENCY_UNAVAILABLE like whatever is no refusal: the outcome is unknown and trying again may help.
func FromRPC(err error, dependency string) error {
	if err == nil || givenUp(err) {
		return err
	}
	if e := read(err); e != nil && e.code != unauthenticated && e.code != permissionDenied {
		return e
	}
	return New(DependencyUnavailable, "dependency", dependency).Because(err)
}

// read finds a refusal of ours in err, or builds one from the details of a received error.
func read(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var received *connect.Error
	if !errors.As(err, &received) {
		return nil
	}
	e = &Error{code: received.Code(), cause: err}
	for _, d := range received.Details() {
		if m, err := d.Value(); err == nil {
			e.take(m)
		}
	}
	if e.reason == "" {
		return nil
	}
	return e
}

func (e *Error) take(m proto.Message) {
	switch m := m.(type) {
	case *errdetails.ErrorInfo:
		if m.GetDomain() == Domain {
			e.reason, e.metadata = Reason(m.GetReason()), m.GetMetadata()
		}
	case *errdetails.BadRequest:
		e.fields = m.GetFieldViolations()
	case *errdetails.RetryInfo:
		e.retry = m.GetRetryDelay().AsDuration()
	case *errdetails.LocalizedMessage:
		e.said = m // written anew where the refusal leaves, in its client's language, unless the reason is new to us
	default:
		e.details = append(e.details, m)
	}
}
