package main

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/issho-shop/issho/services/catalog/internal/product"
)

const (
	// listFresh is how old a list may be before a request has it read anew, beside answering it, …
	listFresh = time.Second
	// listHeld is how old it may be at most.
	listHeld = 2 * time.Second
	// listsBytes is about what they may take of the memory.
	listsBytes = 16 << 20
)

// listKey is a page of the list of products.
type listKey struct {
	category, after string
	limit           int
}

// listCache holds the pages of the list of products that are looked at, so that each is read once a second however many
// look at it.
type listCache struct {
	lists *otter.Cache[listKey, []product.Product]
	load  otter.LoaderFunc[listKey, []product.Product]
}

func newListCache(load func(ctx context.Context, k listKey) ([]product.Product, error)) *listCache {
	return &listCache{load: load, lists: otter.Must(&otter.Options[listKey, []product.Product]{
		MaximumWeight: listsBytes,
		Weigher: func(_ listKey, ps []product.Product) uint32 {
			size := 512
			for _, p := range ps {
				size += 1024 + 512*len(p.Variants) + len(p.Description["ja"]) + len(p.Description["en"])
			}
			return uint32(size)
		},
		ExpiryCalculator:  otter.ExpiryWriting[listKey, []product.Product](listHeld),
		RefreshCalculator: otter.RefreshWriting[listKey, []product.Product](listFresh),
		Logger:            &otter.NoopLogger{},
	})}
}

// get answers a page. Its products are everybody's: nobody changes them.
func (c *listCache) get(ctx context.Context, k listKey) ([]product.Product, error) {
	return c.lists.Get(ctx, k, c.load)
}
