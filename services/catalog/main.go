// Program catalog is the shop's shelf: products in variants, the categories they hang in, and campaigns, the group offers.
//
// Anyone may browse what is live; merchants keep their own goods; order and cart read the prices by which checkout
// decides. What belongs together is written in one commit guarded by preconditions, with its audit and, for products, an
// entry of the change feed. Store: Firestore, database `catalog`:
//
//	products/{id}    a product with its variants      variants/{sku}  a variant as checkout needs it
//	campaigns/{id}   a group offer                    categories/{id} a place in the tree
//	changes/{id}     products that changed lately     requests/{…}    request ids, for 7 days
//	audit/{thing}@n  who made version n of a thing, and why
package main

import (
	"context"
	"fmt"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/server"
)

type config struct {
	server.Config
	FirestoreDatabase string `env:"FIRESTORE_DATABASE, required"`
	PageKey           string `env:"PAGE_KEY, required"` // seals page tokens; the same in every instance
}

func main() { server.Main("catalog", run) }

func run(ctx context.Context, s *server.Server, cfg config) error {
	db, err := firedb.Open(ctx, cfg.Project, cfg.FirestoreDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	pages, err := page.New(cfg.PageKey)
	if err != nil {
		return fmt.Errorf("page tokens: %w", err)
	}
	srv := &catalogServer{db: db, clock: s.Clock(), pages: pages}

	s.RPC(catalogv1connect.NewCatalogServiceHandler(srv, s.Options()...))         // anyone, through the gateway
	s.RPC(catalogv1connect.NewCatalogAdminServiceHandler(srv, s.Options()...))    // merchants, operators
	s.RPC(catalogv1connect.NewCatalogInternalServiceHandler(srv, s.Options()...)) // services, scheduler
	s.Ready("firestore", firedb.Ping(db))
	return s.Serve(ctx)
}
