package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// GetProduct answers a product that the caller may see; any other is absent to it.
func (s *catalogServer) GetProduct(ctx context.Context, req *catalogv1.GetProductRequest) (*catalogv1.GetProductResponse, error) {
	who := caller.From(ctx)
	p, ok, err := product.ByID(ctx, s.db, req.GetProductId())
	if err != nil {
		return nil, err
	}
	if !ok || !p.SeenBy(who.MerchantID, who.Operator) {
		return nil, fault.New(fault.NotFound)
	}
	return &catalogv1.GetProductResponse{Product: fromProduct(p)}, nil
}
