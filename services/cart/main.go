// Command cart keeps what customers mean to buy alone: one document per owner, guests (anonymous accounts) included.
//
// It owns the Firestore database `cart`. It asks catalog for prices and order for what is left, answers order what a solo
// checkout buys, and hears order.authorised, whereupon the bought lines leave. It tells topic visit what was put in, for the
// figures of the shop.
//
// Its invariant: what was bought leaves a cart once, a guest's lines move to one account once, and no line is ever lost to a
// write in between. Adding to a cart costs one conditional write where this process wrote the cart last, a read besides
// where it did not, and a call to catalog once a second for each SKU.
package main

import (
	"context"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

type config struct {
	server.Config
	Outbox            outbox.Config // for dead letters and visits
	FirestoreDatabase string        `env:"FIRESTORE_DATABASE, required"`
	CatalogURL        string        `env:"CATALOG_URL, required"`
	OrderURL          string        `env:"ORDER_URL, required"`
}

func main() {
	server.Main("cart", run)
}

func run(ctx context.Context, s *server.Server, cfg config) error {
	db, err := firedb.Open(ctx, cfg.Project, cfg.FirestoreDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	topics, err := outbox.OpenTopics(ctx, "cart", cfg.Outbox)
	if err != nil {
		return err
	}
	defer topics.Close()
	catalog := catalogv1connect.NewCatalogInternalServiceClient(s.HTTPClient(cfg.CatalogURL), cfg.CatalogURL, s.ClientOptions()...)
	orders := orderv1connect.NewOrderInternalServiceClient(s.HTTPClient(cfg.OrderURL), cfg.OrderURL, s.ClientOptions()...)
	srv := &cartServer{
		db: db, carts: cart.In(db), prices: newPrices(catalog), orders: orders, verifier: s.Verifier(), clock: s.Clock(), visits: topics.Visits(),
	}
	srv.routes(s, inbox.New("cart", s.Verifier(), topics))
	return s.Serve(ctx)
}
