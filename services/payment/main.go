// Command payment holds, takes and returns the money of orders, through Stripe. It owns payments, every call made to the
// provider, refunds, the provider's notices and the ledger of what has moved. order asks it to hold money (Authorise) and
// hears its events; captures, voids and refunds follow from order's events alone. Its invariant: one charge per order.
// Every call that changes something at the provider has a row first, whose id is the idempotency key; silence is never
// taken for a no; and no transaction spans a call.
package main

import (
	"context"
	_ "embed"
	"net/http"
	"time"

	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/together"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

type config struct {
	server.Config
	Outbox          outbox.Config
	Stripe          provider.Config
	SpannerDatabase string `env:"SPANNER_DATABASE, required"`

	// What this instance does beside the queue, whose rate is declared: captures as it hears of them, of which more take their turn
	// in the queue, and payments that its sweep advances, of which more wait for the next. The provider bears all together, and
	// the authorisations (docs/stripe.md).
	CapturesPerSecond float64 `env:"CAPTURES_PER_SECOND, default=0.2"`
	SweptPerSecond    float64 `env:"SWEPT_PER_SECOND, default=0.5"`
}

//go:embed schema.sql
var schema string

func main() {
	server.Main("payment", run, server.Command[config]{Name: "migrate", Run: func(ctx context.Context, cfg config) error {
		return spandb.Migrate(ctx, cfg.SpannerDatabase, schema)
	}})
}

func run(ctx context.Context, s *server.Server, cfg config) error {
	db, err := spandb.Open(ctx, cfg.SpannerDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	out, err := outbox.New(ctx, "payment", db, s.Clock(), cfg.Outbox)
	if err != nil {
		return err
	}
	defer out.Close()
	meters, err := newMeters()
	if err != nil {
		return err
	}
	srv := &paymentServer{db: db, outbox: out, clock: s.Clock(), provider: provider.New(cfg.Stripe), meters: meters}
	srv.atOnce, srv.swept = newPace(cfg.CapturesPerSecond), newPace(cfg.SweptPerSecond)
	srv.lane, srv.notices = together.New((*task).same, srv.transact), together.New(taking.same, srv.takeNotices)
	s.RPC(paymentv1connect.NewPaymentServiceHandler(srv, s.Options()...))         // customers, through the gateway
	s.RPC(paymentv1connect.NewPaymentAdminServiceHandler(srv, s.Options()...))    // operators, through the gateway
	s.RPC(paymentv1connect.NewPaymentInternalServiceHandler(srv, s.Options()...)) // order, tasks, scheduler, ops
	orders := inbox.New("payment", s.Verifier(), out.Topics()).Topic("order")
	inbox.On(orders, "order.confirmed", srv.onOrderConfirmed)
	inbox.On(orders, "order.cancelled", srv.onOrderCancelled)
	inbox.On(orders, "order.refund_due", srv.onOrderRefundDue)
	s.Handle("POST /events/order", orders)                                   // Pub/Sub
	s.Handle("POST /webhooks/stripe", http.HandlerFunc(srv.onStripeWebhook)) // Stripe, through the gateway; signed
	s.Loop("sweep", sweepEvery, srv.sweepLoop)
	s.Loop("measure", time.Minute, srv.measure)
	s.Ready("spanner", db.Ping)
	return s.Serve(ctx)
}
