package main

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

const (
	// listFresh is how old a list may be before a request has it read anew, beside answering it, …
	listFresh = time.Second / 2
	// listHeld is how old it may be at most.
	listHeld = time.Second
	// listsBytes is what they may take of the memory.
	listsBytes = 16 << 20
)

// listKey is a page of the list of products.
type listKey struct {
	category, after string
	limit           int
}

// listCache holds the pages of the list of products that are looked at, as bytes, so that each is read twice a second however
// many look at it.
type listCache struct {
	lists *otter.Cache[listKey, []byte] // catalogv1.ListProductsResponse
	load  otter.LoaderFunc[listKey, []byte]
}

func newListCache(load func(ctx context.Context, k listKey) ([]*catalogv1.Product, error)) *listCache {
	return &listCache{
		load: func(ctx context.Context, k listKey) ([]byte, error) {
			found, err := load(ctx, k)
			if err != nil {
				return nil, err
			}
			return proto.Marshal(&catalogv1.ListProductsResponse{Products: found})
		},
		lists: otter.Must(&otter.Options[listKey, []byte]{
			MaximumWeight:     listsBytes,
			Weigher:           func(_ listKey, list []byte) uint32 { return uint32(keeping + len(list)) },
			ExpiryCalculator:  otter.ExpiryWriting[listKey, []byte](listHeld),
			RefreshCalculator: otter.RefreshWriting[listKey, []byte](listFresh),
			Logger:            &otter.NoopLogger{},
		}),
	}
}

// get answers the products of a page as they are stored.
func (c *listCache) get(ctx context.Context, k listKey) ([]*catalogv1.Product, error) {
	list, err := c.lists.Get(ctx, k, c.load)
	if err != nil {
		return nil, err
	}
	var res catalogv1.ListProductsResponse
	err = proto.Unmarshal(list, &res)
	return res.GetProducts(), err
}
