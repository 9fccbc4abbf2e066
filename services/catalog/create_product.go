package main

import (
	"context"
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/catalog/internal/category"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// CreateProduct stores a product. Its ids are derived from the request's, so that a repeat meets what it made before.
func (s *catalogServer) CreateProduct(ctx context.Context, req *catalogv1.CreateProductRequest) (*catalogv1.CreateProductResponse, error) {
	who, now := caller.From(ctx), s.now()
	request, err := firedb.NewRequest(who, req, now)
	if err != nil {
		return nil, err
	}
	if _, err := request.Seen(ctx, s.db); err != nil {
		return nil, err
	}
	made, ok, err := product.ByID(ctx, s.db, request.ID("prd"))
	if err != nil {
		return nil, err
	}
	if ok {
		return &catalogv1.CreateProductResponse{Product: s.fromProduct(made)}, nil
	}
	p, err := s.newProduct(ctx, req.GetProduct(), request.ID("prd"), now)
	if err != nil {
		return nil, err
	}
	hung, err := s.hang(ctx, &p, product.Product{})
	if err != nil {
		return nil, err
	}
	entry := audited(ctx, req.GetReason(), now)
	entry.Subject, entry.Version, entry.To, entry.Content = "product/"+p.ID, p.Version, p.State, p
	err = firedb.Commit(ctx, s.db, append(append(p.Create(s.db), hung...), request.Write(s.db), entry.Write(s.db),
		change.Of(p.ID, entry.Subject, p.Version).Write(s.db))...)
	if firedb.Exists(err) {
		return nil, fault.New(fault.RequestInFlight).Because(err)
	}
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

// merchantFor is whose a new product is: an operator names the merchant, a merchant's own is taken.
func merchantFor(who caller.Caller, named string) string {
	if who.Operator && named != "" {
		return named
	}
	return who.MerchantID
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
