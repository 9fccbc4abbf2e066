package main

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
)

// variants are today's, by SKU; a SKU that is not there is not for sale. They are nil when catalog could not be asked.
type variants map[string]*catalogv1.PricedVariant

// prices asks catalog, at most once a second for each SKU. What decides (CheckCart, and checkout in any case) asks past it.
type prices struct {
	catalog catalogv1connect.CatalogInternalServiceClient
	recent  *otter.Cache[string, *catalogv1.PricedVariant]
}

func newPrices(catalog catalogv1connect.CatalogInternalServiceClient) *prices {
	return &prices{catalog, otter.Must(&otter.Options[string, *catalogv1.PricedVariant]{
		MaximumSize:      20_000, // under a kilobyte each
		ExpiryCalculator: otter.ExpiryWriting[string, *catalogv1.PricedVariant](time.Second),
	})}
}

// of answers the SKUs at prices at most a second old; of those who want one at the same time, one asks. A cart without prices
// is not worth answering, so when catalog is down it is DEPENDENCY_UNAVAILABLE.
func (p *prices) of(ctx context.Context, skus ...string) (variants, error) {
	today, err := p.recent.BulkGet(ctx, skus, otter.BulkLoaderFunc[string, *catalogv1.PricedVariant](p.ask))
	if err != nil {
		return nil, err
	}
	return today, nil
}

// live answers the SKUs at the prices of this moment.
func (p *prices) live(ctx context.Context, skus ...string) (variants, error) {
	today, err := p.ask(ctx, skus)
	if err != nil {
		return nil, err
	}
	for _, sku := range skus {
		if v, ok := today[sku]; ok {
			p.recent.Set(sku, v)
		} else {
			p.recent.Invalidate(sku)
		}
	}
	return today, nil
}

func (p *prices) ask(ctx context.Context, skus []string) (map[string]*catalogv1.PricedVariant, error) {
	today := make(map[string]*catalogv1.PricedVariant, len(skus))
	if len(skus) == 0 {
		return today, nil
	}
	res, err := p.catalog.GetVariants(ctx, &catalogv1.GetVariantsRequest{Skus: skus})
	if err != nil {
		return nil, fault.FromRPC(err, "catalog")
	}
	for _, v := range res.GetVariants() {
		today[v.GetSku()] = v
	}
	return today, nil
}
