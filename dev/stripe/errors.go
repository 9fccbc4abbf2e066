package main

import "net/http"

// errorObject is the body of Stripe's errors, and what an intent keeps as its last
// error.
type errorObject struct {
	Type              string               `json:"type"`
	Code              string               `json:"code,omitempty"`
	DeclineCode       string               `json:"decline_code,omitempty"`
	Message           string               `json:"message"`
	Param             string               `json:"param,omitempty"`
	Charge            string               `json:"charge,omitempty"`
	DocURL            string               `json:"doc_url,omitempty"`
	PaymentIntent     *paymentIntentObject `json:"payment_intent,omitempty"`
	PaymentMethod     *paymentMethodObject `json:"payment_method,omitempty"`
	PaymentMethodType string               `json:"payment_method_type,omitempty"`
	SetupIntent       *setupIntentObject   `json:"setup_intent,omitempty"`
}

// apiError is a refusal. begun says that the endpoint had started to execute, so
// that the answer is kept under the request's idempotency key.
type apiError struct {
	status int
	begun  bool
	body   errorObject
}

func (e *apiError) Error() string { return e.body.Message }

const (
	invalidRequest = "invalid_request_error"
	cardError      = "card_error"
	serverError    = "api_error"
	keyError       = "idempotency_error"
)

func newError(status int, typ, code, message string) *apiError {
	e := &apiError{status: status, body: errorObject{Type: typ, Code: code, Message: message}}
	if code != "" {
		e.body.DocURL = "https://stripe.com/docs/error-codes/" + code
	}
	return e
}

// refuseParam is a request that never began.
func refuseParam(code, param, message string) *apiError {
	e := newError(http.StatusBadRequest, invalidRequest, code, message)
	e.body.Param = param
	return e
}

// missing is an object which does not exist: 404 when the path names it, 400 when
// a parameter does.
func missing(kind, id, param string) *apiError {
	status := http.StatusBadRequest
	if param == "id" || param == "intent" {
		status = http.StatusNotFound
	}
	e := newError(status, invalidRequest, "resource_missing", "No such "+kind+": '"+id+"'")
	e.body.Param = param
	return e
}

// unexpectedState is an intent that cannot do what was asked of it.
func unexpectedState(message string, pi *paymentIntentObject) *apiError {
	e := newError(http.StatusBadRequest, invalidRequest, "payment_intent_unexpected_state", message)
	e.begun = true
	e.body.PaymentIntent = pi
	return e
}

// refuseBegun is any other refusal of a call that was well formed.
func refuseBegun(code, param, message string) *apiError {
	e := refuseParam(code, param, message)
	e.begun = true
	return e
}

// unknownURL answers every path that is not served.
func unknownURL(c *call) (any, *apiError) {
	return nil, newError(http.StatusNotFound, invalidRequest, "",
		"Unrecognized request URL ("+c.method+": "+c.path+").")
}
