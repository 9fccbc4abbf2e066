// Program catalog is the shop's shelf: products in variants, the categories they hang in, and campaigns, the group offers.
//
// Anyone may browse what is live; merchants keep their own goods; order and cart read the prices by which checkout
// decides. What belongs together is written in one commit guarded by preconditions, with its audit and, for products, an
// entry of the change feed. Store: Firestore, database `catalog`:
//
//	products/{id}    a product with its variants      variants/{sku}  a variant as checkout needs it
//	campaigns/{id}   a group offer                    categories/{id} a place in the tree
//	deals/{id}       a daily deal                     merchants/{id}  who sells
//	levels/{sku}     what order says of its stock     groups/{id}     what order says of a group
//	heat/{campaign}~n how busy a campaign's groups are
//	changes/{id}     products that changed lately     requests/{…}    request ids, for 7 days
//	media/{id}       a place for a picture; the picture itself lies in Cloud Storage
//	audit/{thing}@n  who made version n of a thing, and why
package main

import (
	"context"
	"fmt"

	"cloud.google.com/go/storage"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/server"
)

type config struct {
	server.Config
	Outbox            outbox.Config // for dead letters and visits
	FirestoreDatabase string        `env:"FIRESTORE_DATABASE, required"`
	PageKey           string        `env:"PAGE_KEY, required"`                  // seals page tokens; the same in every instance
	MediaBucket       string        `env:"MEDIA_BUCKET, required"`              // of the products' pictures
	StorageEmulator   string        `env:"STORAGE_EMULATOR_HOST"`               // host:port; real Cloud Storage when empty
	PageCacheBytes    uint64        `env:"PAGE_CACHE_BYTES, default=134217728"` // memory for product pages, an eighth of it as they are sent
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
	topics, err := outbox.OpenTopics(ctx, "catalog", cfg.Outbox)
	if err != nil {
		return err
	}
	defer topics.Close()
	pictures, err := storage.NewClient(ctx)
	if err != nil {
		return fmt.Errorf("cloud storage: %w", err)
	}
	defer pictures.Close()
	srv := &catalogServer{db: db, clock: s.Clock(), pages: pages, visits: topics.Visits()}
	if srv.gallery, err = newGallery(pictures, cfg.MediaBucket, cfg.StorageEmulator); err != nil {
		return fmt.Errorf("pictures: %w", err)
	}
	sent := cfg.PageCacheBytes / sentShare
	if srv.shown, err = newPageCache(db, cfg.PageCacheBytes-sent, srv.views); err != nil {
		return fmt.Errorf("page cache: %w", err)
	}
	if srv.held, err = newHeldAnswers(srv.shown, srv.now, sent); err != nil {
		return fmt.Errorf("pages as sent: %w", err)
	}
	srv.lists = newListCache(srv.liveProducts)
	srv.routes(s, inbox.New("catalog", s.Verifier(), topics))
	return s.Serve(ctx)
}
