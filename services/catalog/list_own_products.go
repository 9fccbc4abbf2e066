package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// ListOwnProducts pages a merchant's products by id, whatever their state.
func (s *catalogServer) ListOwnProducts(ctx context.Context, req *catalogv1.ListOwnProductsRequest) (*catalogv1.ListOwnProductsResponse, error) {
	merchantID, err := ownMerchant(ctx, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	scope := []string{caller.From(ctx).UserID, caller.From(ctx).Method, merchantID}
	after, err := page.OpenJSON[string](s.pages, req.GetPageToken(), scope...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	found, err := product.OwnAfter(ctx, s.db, merchantID, after, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListOwnProductsResponse{}
	found, res.NextPageToken = page.Cut(s.pages, found, size, func(p product.Product) string { return p.ID }, scope...)
	for _, p := range found {
		res.Products = append(res.Products, s.fromProduct(p))
	}
	return res, nil
}
