// Program search is where customers find products: in Japanese and English, with typing errors, by price, category and what
// a group may be started on.
//
// It owns nothing that lasts. Each instance has an index of the live products of its own, which it takes from the newest
// snapshot in Cloud Storage, or makes from the beginning, and keeps up by asking catalog each second what has changed. It is
// ready once it has caught up, and goes on answering from what it has when catalog or the storage are down. It keeps nothing
// of a customer: there is nothing to export or to erase.
//
// Its invariant: the index is what catalog's live products make of it, however it came about.
package main

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/storage"

	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/services/search/internal/index"
	"github.com/issho-shop/issho/services/search/internal/snapshot"
)

type config struct {
	server.Config
	CatalogURL     string `env:"CATALOG_URL, required"`
	SnapshotBucket string `env:"SNAPSHOT_BUCKET, required"`
	PageKey        string `env:"PAGE_KEY, required"` // seals page tokens; the same in every instance
}

func main() { server.Main("search", run) }

func run(ctx context.Context, s *server.Server, cfg config) (err error) {
	files, err := storage.NewClient(ctx)
	if err != nil {
		return fmt.Errorf("cloud storage: %w", err)
	}
	defer files.Close()
	pages, err := page.New(cfg.PageKey)
	if err != nil {
		return fmt.Errorf("page tokens: %w", err)
	}
	srv := &searchServer{
		catalog: catalogv1connect.NewCatalogInternalServiceClient(s.HTTPClient(cfg.CatalogURL), cfg.CatalogURL, s.ClientOptions()...),
		shelf:   catalogv1connect.NewCatalogServiceClient(s.HTTPClient(cfg.CatalogURL), cfg.CatalogURL, s.ClientOptions()...),
		pages:   pages, clock: s.Clock(), snapshots: snapshot.New(files, cfg.SnapshotBucket, index.Format),
	}
	if srv.index, err = srv.begin(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.index.Close()) }()
	if err := srv.tellLag(); err != nil {
		return err
	}
	srv.routes(s)
	return s.Serve(ctx)
}
