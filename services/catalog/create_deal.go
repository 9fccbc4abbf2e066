package main

import (
	"context"
	"time"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
	"github.com/issho-shop/issho/services/catalog/internal/deal"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// CreateDeal makes a daily deal and writes its price into the product, in one commit.
func (s *catalogServer) CreateDeal(ctx context.Context, req *catalogv1.CreateDealRequest) (*catalogv1.CreateDealResponse, error) {
	who, now := caller.From(ctx), s.now()
	request, err := firedb.NewRequest(who, req, now)
	if err != nil {
		return nil, err
	}
	id := request.ID("deal")
	d, err := firedb.Once(ctx, s.db, request, id, deal.ByID, func() (deal.Deal, []firedb.Write, error) {
		return s.newDeal(ctx, req, id, now)
	})
	if err != nil {
		return nil, err
	}
	return &catalogv1.CreateDealResponse{Deal: fromDeal(d)}, nil
}

// newDeal is a deal on a product of the caller's, with what is written of both.
func (s *catalogServer) newDeal(ctx context.Context, req *catalogv1.CreateDealRequest, id string, now time.Time) (deal.Deal, []firedb.Write, error) {
	d := dealOf(req.GetDeal())
	d.ID, d.State, d.Version, d.UpdatedAt = id, deal.Live, 1, now
	if err := d.Check(now); err != nil {
		return d, nil, err
	}
	old, err := s.ownProduct(ctx, d.ProductID)
	if err != nil {
		return d, nil, err
	}
	if old.State != product.Live {
		return d, nil, fault.Field("deal.product_id", "the product is not live")
	}
	d.MerchantID = old.MerchantID
	p := old.Again(now)
	err = p.Discount(d.SKUs, product.Window{Price: d.Price, Start: d.StartTime, End: d.EndTime, DealID: d.ID})
	return d, append(s.dealt(ctx, req.GetReason(), d, old, p), d.Create(s.db)), err
}

// dealt answers the writes of a product's next version, which a deal made, with the audit of both.
func (s *catalogServer) dealt(ctx context.Context, reason string, d deal.Deal, old, p product.Product) []firedb.Write {
	of := audit.Entry{Subject: "deal/" + d.ID, Version: d.Version, To: d.State, Content: d, At: p.UpdatedAt}
	writes := append(p.Replace(s.db, old), audited(ctx, reason, ofProduct(p, old.State)).Write(s.db))
	return append(writes, s.changed(ctx, reason, p.ID, of)...)
}
