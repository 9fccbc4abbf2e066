package provider

import (
	"errors"
	"net"
	"net/http"

	"github.com/stripe/stripe-go/v86"
)

// Kind is what may be concluded from a call that did not succeed.
type Kind string

// The kinds.
const (
	NoAnswer   Kind = "NO_ANSWER"   // silence, or words that say nothing: the work may be done; the same key again
	Broken     Kind = "BROKEN"      // 5xx, which is kept for the key: the work may be done; read, then a new key
	Busy       Kind = "BUSY"        // nothing was done: 429, no connection, breaker open; the same key again
	Declined   Kind = "DECLINED"    // the customer's bank or card said no
	WrongState Kind = "WRONG_STATE" // the object had moved on; Intent shows where to
	Refused    Kind = "REFUSED"     // a definite no to the request as it is
	Denied     Kind = "DENIED"      // our key is not accepted: nothing was done; somebody has to look
)

// Error is a call that did not succeed. Its text holds no personal data.
type Error struct {
	Kind   Kind
	Code   string  // Stripe's word: decline code, else error code
	Intent *Intent // as the error showed it; nil where it did not
	cause  error   // of the transport only
}

// Error tells kind and code.
func (e *Error) Error() string {
	s := "provider: " + string(e.Kind)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap is the transport's error, if it was one.
func (e *Error) Unwrap() error { return e.cause }

// classify is the table from Stripe's answers to kinds; nil for success.
func classify(err error) *Error {
	var answer *stripe.Error
	var dial *net.OpError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		return answered(answer)
	case errors.As(err, &dial) && dial.Op == "dial":
		return &Error{Kind: Busy, Code: "no_connection", cause: dial}
	}
	return &Error{Kind: NoAnswer, cause: transportError(err)}
}

// transportError keeps what names no content: a body that could not be decoded may hold anything.
func transportError(err error) error {
	var network net.Error
	if errors.As(err, &network) {
		return network
	}
	return errors.New("unreadable answer")
}

func answered(e *stripe.Error) *Error {
	out := &Error{Code: string(e.Code)}
	if e.DeclineCode != "" {
		out.Code = string(e.DeclineCode)
	}
	if e.PaymentIntent != nil && e.PaymentIntent.ID != "" {
		in := intentOf(e.PaymentIntent)
		out.Intent = &in
	}
	out.Kind = kindOf(e, out.Intent)
	return out
}

func kindOf(e *stripe.Error, in *Intent) Kind {
	switch status := e.HTTPStatusCode; {
	case status >= 500, e.Type == stripe.ErrorTypeIdempotency && status != http.StatusConflict:
		return Broken
	case status == http.StatusConflict:
		return NoAnswer // the first call with this key is still under way
	case status == http.StatusTooManyRequests:
		return Busy
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Denied
	case status == http.StatusPaymentRequired:
		return Declined
	case e.Code == stripe.ErrorCodePaymentIntentUnexpectedState && in != nil:
		return WrongState
	case status >= 400:
		return Refused
	}
	return NoAnswer
}

// KindOf is err's kind; NoAnswer for an error from elsewhere.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return NoAnswer
}
