package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/deal"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// EndDeal takes a daily deal back, and its price out of the product, in one commit.
func (s *catalogServer) EndDeal(ctx context.Context, req *catalogv1.EndDealRequest) (*catalogv1.EndDealResponse, error) {
	who, now := caller.From(ctx), s.now()
	d, ok, err := deal.ByID(ctx, s.db, req.GetDealId())
	if err != nil {
		return nil, err
	}
	if !ok || !d.OwnedBy(who.MerchantID, who.Operator) {
		return nil, fault.New(fault.NotFound)
	}
	if d.State == deal.Ended {
		return &catalogv1.EndDealResponse{Deal: fromDeal(d)}, nil
	}
	old, ok, err := product.ByID(ctx, s.db, d.ProductID)
	if err != nil {
		return nil, err
	}
	if !ok { // products stay for good
		return nil, fault.New(fault.NotFound)
	}
	d, p := d.Take(now), old.Again(now)
	p.Undiscount(d.ID)
	if err := firedb.Change(ctx, s.db, append(s.dealt(ctx, req.GetReason(), d, old, p), d.Replace(s.db))...); err != nil {
		return nil, err
	}
	return &catalogv1.EndDealResponse{Deal: fromDeal(d)}, nil
}
