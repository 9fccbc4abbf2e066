package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// GetProduct answers the page of a product from the cache; who keeps the product sees it as it is stored, live or not.
func (s *catalogServer) GetProduct(ctx context.Context, req *catalogv1.GetProductRequest) (*catalogv1.GetProductResponse, error) {
	if own, err := s.kept(ctx, req.GetProductId()); own != nil || err != nil {
		return own, err
	}
	held, err := s.shown.get(ctx, req.GetProductId())
	if err != nil {
		return nil, err
	}
	s.shown.tellAge(ctx)
	now := s.now()
	res, until, err := held.at(now)
	if err != nil {
		return nil, err
	}
	if res == nil {
		return nil, fault.New(fault.NotFound)
	}
	answered(ctx, req.GetProductId(), held, now, until)
	return res, tell(ctx, forASecond, res)
}

// kept answers a product to its merchant and to operators, nil to others.
func (s *catalogServer) kept(ctx context.Context, productID string) (*catalogv1.GetProductResponse, error) {
	who := caller.From(ctx)
	if who.MerchantID == "" && !who.Operator {
		return nil, nil
	}
	p, ok, err := product.ByID(ctx, s.db, productID)
	if err != nil || !ok || !p.OwnedBy(who.MerchantID, who.Operator) {
		return nil, err
	}
	found, err := s.views(ctx, []string{productID})
	if err != nil {
		return nil, err
	}
	res, _ := pageOf(found[productID], s.now())
	res.Product = s.fromProduct(p) // with the prices to come
	return res, tell(ctx, 0, nil)
}
