package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/id"
)

// UpdateProduct replaces a product and the copies that checkout reads. The etag keeps two editors apart, the commit's
// precondition two commits.
func (s *catalogServer) UpdateProduct(ctx context.Context, req *catalogv1.UpdateProductRequest) (*catalogv1.UpdateProductResponse, error) {
	now := s.now()
	old, err := s.ownProduct(ctx, req.GetProduct().GetProductId())
	if err != nil {
		return nil, err
	}
	if req.GetProduct().GetEtag() != old.Etag() {
		return nil, fault.New(fault.Conflict)
	}
	p := productOf(req.GetProduct())
	p.UpdatedAt = now
	if err := p.Follow(old, func() string { return id.New("sku") }); err != nil {
		return nil, err
	}
	if err := s.checkProduct(ctx, p); err != nil {
		return nil, err
	}
	hung, err := s.hang(ctx, &p, old)
	if err != nil {
		return nil, err
	}
	writes := append(append(p.Replace(s.db, old), hung...), s.changed(ctx, req.GetReason(), p.ID, ofProduct(p, old.State))...)
	if err := firedb.Change(ctx, s.db, writes...); err != nil {
		return nil, err
	}
	return &catalogv1.UpdateProductResponse{Product: s.fromProduct(p)}, nil
}
