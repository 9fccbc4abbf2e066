// Package caller answers who asks, and whether they may.
//
// Two kinds of token are believed: a customer's (Firebase's shape; guests are anonymous accounts, merchants and operators
// customers with a claim) and a service account's (Google's ID token, its audience our own address). Both are verified
// here in full, whatever a gateway has done before; no setting turns that off. What a method demands stands beside it in
// the contract, as the option issho.policy.v1.policy: a method without one admits nobody, and Check keeps a process that
// mounts it from starting. The verdict falls on the headers alone, before anything of the body is read. Outwards, Tokens
// fetches our own token for each service that we call. Ownership is not decided here: it is part of every query.
package caller

import "context"

// Caller is who asks. The fields of the user are empty without a user's token, and Service without a service's; a
// service may call on behalf of a user and bring both.
type Caller struct {
	UserID     string
	Guest      bool
	MerchantID string
	Operator   bool
	Name       string // as the account shows it; personal, never logged
	Service    string // local part of the service account's address: order, tasks, scheduler, gateway
	Method     string // the procedure, "/issho.order.v1.OrderService/Checkout"
	RequestID  string // of the message, where the method demands one
}

// Kind names the kind of caller, for logs and metrics.
func (c Caller) Kind() string {
	switch {
	case c.Operator:
		return "operator"
	case c.MerchantID != "":
		return "merchant"
	case c.Guest:
		return "guest"
	case c.UserID != "":
		return "customer"
	case c.Service != "":
		return "service"
	}
	return "public"
}

// Actor names the caller in an audit row: "user/u_1", "service/tasks", or "public".
func (c Caller) Actor() string {
	switch {
	case c.UserID != "":
		return "user/" + c.UserID
	case c.Service != "":
		return "service/" + c.Service
	}
	return "public"
}

type contextKey struct{}

// With answers a context in which c asks.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From is who asks; empty for a call to a public method without a token.
func From(ctx context.Context) Caller {
	c, _ := ctx.Value(contextKey{}).(Caller)
	return c
}
