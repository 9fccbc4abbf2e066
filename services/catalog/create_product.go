package main

import (
	"context"
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/catalog/internal/category"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// CreateProduct stores a product. Its ids are derived from the request's, so that a repeat meets what it made before.
func (s *catalogServer) CreateProduct(ctx context.Context, req *catalogv1.CreateProductRequest) (*catalogv1.CreateProductResponse, error) {
	who, now := caller.From(ctx), s.now()
	request, err := firedb.NewRequest(who, req, now)
	if err != nil {
		return nil, err
	}
	productID := request.ID("prd")
	p, err := firedb.Once(ctx, s.db, request, productID, product.ByID, func() (product.Product, []firedb.Write, error) {
		p, err := s.newProduct(ctx, req.GetProduct(), productID, now)
		if err != nil {
			return p, nil, err
		}
		hung, err := s.hang(ctx, &p, product.Product{})
		return p, append(append(p.Create(s.db), hung...), s.changed(ctx, req.GetReason(), p.ID, ofProduct(p, ""))...), err
	})
	if err != nil {
		return nil, err
	}
	return &catalogv1.CreateProductResponse{Product: s.fromProduct(p)}, nil
}

// newProduct is version 1 of what the caller describes, checked.
func (s *catalogServer) newProduct(ctx context.Context, m *catalogv1.Product, productID string, now time.Time) (product.Product, error) {
	p := productOf(m)
	p.ID, p.Version, p.UpdatedAt = productID, 1, now
	p.MerchantID = merchantFor(caller.From(ctx), m.GetMerchantId())
	if err := p.Name(func(i int) string { return id.Derive("sku", productID, strconv.Itoa(i)) }); err != nil {
		return p, err
	}
	return p, s.checkProduct(ctx, p)
}

// checkProduct refuses what may not be sold or hangs in no category.
func (s *catalogServer) checkProduct(ctx context.Context, p product.Product) error {
	if err := p.Check(); err != nil {
		return err
	}
	tree, err := category.Read(ctx, s.db)
	if err != nil {
		return err
	}
	return tree.Has(p.CategoryIDs)
}
