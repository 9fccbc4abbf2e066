package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/product"
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
	entry := audited(ctx, req.GetReason(), now)
	entry.Subject, entry.Version, entry.From, entry.To, entry.Content = "product/"+p.ID, p.Version, old.State, p.State, p
	err = firedb.Commit(ctx, s.db, append(append(p.Replace(s.db, old), hung...), entry.Write(s.db),
		change.Of(p.ID, entry.Subject, p.Version).Write(s.db))...)
	if firedb.Exists(err) { // somebody else made this version
		return nil, fault.New(fault.Conflict).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &catalogv1.UpdateProductResponse{Product: s.fromProduct(p)}, nil
}

// ownProduct reads a product that the caller may change: NOT_FOUND for another merchant's as for none.
func (s *catalogServer) ownProduct(ctx context.Context, productID string) (product.Product, error) {
	if productID == "" { // no document has an empty name
		return product.Product{}, fault.New(fault.NotFound)
	}
	who := caller.From(ctx)
	p, ok, err := product.ByID(ctx, s.db, productID)
	if err != nil {
		return p, err
	}
	if !ok || !p.OwnedBy(who.MerchantID, who.Operator) {
		return p, fault.New(fault.NotFound)
	}
	return p, nil
}
