package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// CreateCampaign stores a group offer on a product of the caller's. Its id is derived from the request's, so that a
// repeat meets what it made before.
func (s *catalogServer) CreateCampaign(ctx context.Context, req *catalogv1.CreateCampaignRequest) (*catalogv1.CreateCampaignResponse, error) {
	who, now := caller.From(ctx), s.now()
	request, err := firedb.NewRequest(who, req, now)
	if err != nil {
		return nil, err
	}
	if _, err := request.Seen(ctx, s.db); err != nil {
		return nil, err
	}
	made, ok, err := campaign.ByID(ctx, s.db, request.ID("cmp"))
	if err != nil {
		return nil, err
	}
	if ok {
		return &catalogv1.CreateCampaignResponse{Campaign: fromCampaign(made)}, nil
	}
	c := campaignOf(req.GetCampaign())
	c.ID, c.Version, c.UpdatedAt = request.ID("cmp"), 1, now
	if err := s.checkCampaign(ctx, &c); err != nil {
		return nil, err
	}
	entry := audited(ctx, req.GetReason(), now)
	entry.Subject, entry.Version, entry.To, entry.Content = "campaign/"+c.ID, c.Version, c.State, c
	err = firedb.Commit(ctx, s.db, append(c.Create(s.db), request.Write(s.db), entry.Write(s.db),
		change.Of(c.ProductID, entry.Subject, c.Version).Write(s.db))...)
	if firedb.Exists(err) {
		return nil, fault.New(fault.RequestInFlight).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &catalogv1.CreateCampaignResponse{Campaign: fromCampaign(c)}, nil
}

// checkCampaign refuses what cannot be kept, or not by its product, whose merchant it takes. A product that changes in the
// same moment does no harm: an offer answers only variants that are live when it is asked for.
func (s *catalogServer) checkCampaign(ctx context.Context, c *campaign.Campaign) error {
	if err := c.Check(); err != nil {
		return err
	}
	p, err := s.ownProduct(ctx, c.ProductID)
	if err != nil {
		return err
	}
	c.MerchantID = p.MerchantID
	return c.Fits(p.SKUs(), p.State == product.Live)
}
