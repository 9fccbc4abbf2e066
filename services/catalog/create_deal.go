package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/change"
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
	if _, err := request.Seen(ctx, s.db); err != nil {
		return nil, err
	}
	made, ok, err := deal.ByID(ctx, s.db, request.ID("deal"))
	if err != nil {
		return nil, err
	}
	if ok {
		return &catalogv1.CreateDealResponse{Deal: fromDeal(made)}, nil
	}
	d := dealOf(req.GetDeal())
	d.ID, d.State, d.Version, d.UpdatedAt = request.ID("deal"), deal.Live, 1, now
	if err := d.Check(now); err != nil {
		return nil, err
	}
	old, err := s.ownProduct(ctx, d.ProductID)
	if err != nil {
		return nil, err
	}
	if old.State != product.Live {
		return nil, fault.Field("deal.product_id", "the product is not live")
	}
	d.MerchantID = old.MerchantID
	p := old.Again(now)
	if err := p.Discount(d.SKUs, product.Window{Price: d.Price, Start: d.StartTime, End: d.EndTime, DealID: d.ID}); err != nil {
		return nil, err
	}
	err = s.commitDeal(ctx, req.GetReason(), d, old, p, d.Create(s.db), request.Write(s.db))
	if firedb.Exists(err) {
		return nil, fault.New(fault.RequestInFlight).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &catalogv1.CreateDealResponse{Deal: fromDeal(d)}, nil
}

// commitDeal writes a deal and its product's next version together, each with its audit.
func (s *catalogServer) commitDeal(ctx context.Context, reason string, d deal.Deal, old, p product.Product, writes ...firedb.Write) error {
	of := audited(ctx, reason, p.UpdatedAt)
	of.Subject, of.Version, of.To, of.Content = "deal/"+d.ID, d.Version, d.State, d
	its := audited(ctx, reason, p.UpdatedAt)
	its.Subject, its.Version, its.From, its.To, its.Content = "product/"+p.ID, p.Version, old.State, p.State, p
	writes = append(writes, of.Write(s.db), its.Write(s.db), change.Of(p.ID, of.Subject, d.Version).Write(s.db))
	return firedb.Commit(ctx, s.db, append(writes, p.Replace(s.db, old)...)...)
}
