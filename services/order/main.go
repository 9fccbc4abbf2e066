// Program order keeps orders, the groups in which people buy together, and stock, in one Spanner database: what must
// change in one transaction. It asks catalog, cart and user what is bought and where it goes, reward to set points aside,
// and payment to hold money; it hears from payment how that went, and tells everybody else by events.
//
// Its invariant: 0 ≤ reserved ≤ on hand for every SKU, a group never takes more members than its maximum, and an order is
// bought only when its group is settled or it was bought alone.
package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	process "github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
)

type config struct {
	process.Config
	Outbox              outbox.Config
	SpannerDatabase     string `env:"SPANNER_DATABASE, required"`
	CatalogURL          string `env:"CATALOG_URL, required"`
	CartURL             string `env:"CART_URL, required"`
	PaymentURL          string `env:"PAYMENT_URL, required"`
	RewardURL           string `env:"REWARD_URL, required"`
	UserURL             string `env:"USER_URL, required"`
	PageKey             string `env:"PAGE_KEY, required"`
	InviteKey           string `env:"INVITE_KEY, required"`
	ShippingFeeYen      int64  `env:"SHIPPING_FEE_YEN, default=550"`
	FreeShippingFromYen int64  `env:"FREE_SHIPPING_FROM_YEN, default=5000"`
	FanOutBatch         int    `env:"FAN_OUT_BATCH, default=200"` // members whom one transaction carries an outcome to, at about 75 mutations each; Spanner takes 80,000
}

//go:embed schema.sql
var schema string

func main() {
	process.Main("order", run, process.Command[config]{Name: "migrate", Run: migrate})
}

func migrate(ctx context.Context, cfg config) error {
	return spandb.Migrate(ctx, cfg.SpannerDatabase, schema)
}

func run(ctx context.Context, s *process.Server, cfg config) error {
	db, err := spandb.Open(ctx, cfg.SpannerDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	out, err := outbox.New(ctx, "order", db, s.Clock(), cfg.Outbox)
	if err != nil {
		return err
	}
	defer out.Close()
	srv, err := newServer(s, cfg, db, out)
	if err != nil {
		return err
	}
	s.RPC(orderv1connect.NewOrderServiceHandler(srv, s.Options()...))                            // customers, through the gateway
	s.RPC(orderv1connect.NewOrderAdminServiceHandler(adminServer{srv}, s.Options()...))          // merchants and operators, likewise
	s.RPC(orderv1connect.NewOrderInternalServiceHandler(srv, s.Options()...))                    // services, tasks, scheduler
	s.Handle("POST /events/payment", srv.events(inbox.New("order", s.Verifier(), out.Topics()))) // Pub/Sub
	s.Go("fan out", srv.fanOutLoop)
	s.Loop("sweep", sweepEvery, srv.sweep)
	s.Loop("measure", time.Minute, srv.measure)
	s.Loop("outbox", sweepEvery, func(ctx context.Context) error { _, err := out.Sweep(ctx); return err })
	s.Ready("spanner", db.Ping)
	return s.Serve(ctx)
}
