package main

import (
	"errors"

	"golang.org/x/time/rate"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/together"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// paymentServer answers payment's calls, events and timers.
type paymentServer struct {
	db       *spandb.DB
	outbox   *outbox.Outbox
	clock    *clock.Clock
	provider *provider.Client
	meters   meters

	lane      *together.Lane[*task] // of all changes of payments
	notices   *together.Lane[taking]
	customers customers
	atOnce    *rate.Limiter // of captures that are made as they are heard of
	swept     *rate.Limiter // of payments that the sweep advances
}

var (
	_ paymentv1connect.PaymentServiceHandler         = (*paymentServer)(nil)
	_ paymentv1connect.PaymentAdminServiceHandler    = (*paymentServer)(nil)
	_ paymentv1connect.PaymentInternalServiceHandler = (*paymentServer)(nil)
)

// leastBurst is enough for the smallest group at once. Ten instances that all begin with one ask for more than the provider
// takes in that second; what it refuses is repeated.
const leastBurst = 3

// newPace lets an instance do so many things a second, and in a burst what gathers between two sweeps.
func newPace(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(leastBurst, int(perSecond*sweepEvery.Seconds())))
}

// Validate refuses configurations that would send a live key elsewhere than to the provider, or leave
// lying what a crash has left.
func (c config) Validate() error {
	if c.CapturesPerSecond <= 0 || c.SweptPerSecond <= 0 {
		return errors.New("CAPTURES_PER_SECOND and SWEPT_PER_SECOND must be above 0")
	}
	return c.Stripe.Validate()
}
