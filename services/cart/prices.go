package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// prices are today's, by SKU; a SKU that is not there is not for sale.
type prices map[string]*catalogv1.PricedVariant

// prices asks catalog. A cart without prices is not worth answering, so when catalog is down it is
// DEPENDENCY_UNAVAILABLE.
func (s *cartServer) prices(ctx context.Context, skus ...string) (prices, error) {
	if len(skus) == 0 {
		return prices{}, nil
	}
	res, err := s.catalog.GetVariants(ctx, &catalogv1.GetVariantsRequest{Skus: skus})
	if err != nil {
		return nil, fault.FromRPC(err, "catalog")
	}
	today := make(prices, len(skus))
	for _, v := range res.GetVariants() {
		today[v.GetSku()] = v
	}
	return today, nil
}
