// Command reward keeps points: who earned them by buying together, who set them aside, who spent them.
//
// It owns the ledger of points and the campaigns' budgets (Spanner database `reward`). It hears order and payment, answers
// customers about their points, and sets points aside when order asks; two minutes later it asks order back, so that
// nothing stays set aside for an order that was never made. It publishes points.earned.
//
// Its invariant: journals sum to zero, balances are sums of entries, and what is told twice or in any order moves points once.
package main

import (
	"context"
	_ "embed"

	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
)

type config struct {
	server.Config
	Outbox          outbox.Config
	SpannerDatabase string `env:"SPANNER_DATABASE, required"`
	OrderURL        string `env:"ORDER_URL, required"`
	PageKey         string `env:"PAGE_KEY, required"` // seals page tokens
}

//go:embed schema.sql
var schema string

func main() {
	server.Main("reward", run, server.Command[config]{Name: "migrate", Run: migrate})
}

func migrate(ctx context.Context, cfg config) error {
	return spandb.Migrate(ctx, cfg.SpannerDatabase, schema)
}

func run(ctx context.Context, s *server.Server, cfg config) error {
	db, err := spandb.Open(ctx, cfg.SpannerDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	out, err := outbox.New(ctx, "reward", db, s.Clock(), cfg.Outbox)
	if err != nil {
		return err
	}
	defer out.Close()
	pages, err := page.New(cfg.PageKey)
	if err != nil {
		return err
	}
	orders := orderv1connect.NewOrderInternalServiceClient(s.HTTPClient(cfg.OrderURL), cfg.OrderURL, s.ClientOptions()...)
	srv := &rewardServer{db: db, outbox: out, clock: s.Clock(), pages: pages, orders: orders}
	srv.routes(s, inbox.New("reward", s.Verifier(), out.Topics()))
	return s.Serve(ctx)
}
