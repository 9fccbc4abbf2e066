package main

import (
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
}

var (
	_ paymentv1connect.PaymentServiceHandler         = (*paymentServer)(nil)
	_ paymentv1connect.PaymentAdminServiceHandler    = (*paymentServer)(nil)
	_ paymentv1connect.PaymentInternalServiceHandler = (*paymentServer)(nil)
)

// Validate refuses configurations that would send a live key elsewhere than to the provider.
func (c config) Validate() error { return c.Stripe.Validate() }
