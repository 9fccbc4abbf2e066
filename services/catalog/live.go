package main

import (
	"context"
	"slices"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// onLive keeps of what was found what is on a product that customers see.
func onLive[T any](ctx context.Context, s *catalogServer, found []T, productOf func(T) string) ([]T, error) {
	if len(found) == 0 {
		return nil, nil
	}
	var ids []string
	for _, one := range found {
		ids = append(ids, productOf(one))
	}
	products, _, err := product.ByIDs(ctx, s.db, ids)
	return slices.DeleteFunc(found, func(one T) bool { return products[productOf(one)].State != product.Live }), err
}

// liveProducts reads a page of the list of products, for the cache.
func (s *catalogServer) liveProducts(ctx context.Context, k listKey) ([]*catalogv1.Product, error) {
	found, err := product.LiveAfter(ctx, s.db, k.category, k.after, k.limit)
	var out []*catalogv1.Product
	for _, p := range found {
		out = append(out, s.fromProduct(p))
	}
	return out, err
}
