package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
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
	id := request.ID("cmp")
	c, err := firedb.Once(ctx, s.db, request, id, campaign.ByID, func() (campaign.Campaign, []firedb.Write, error) {
		c := campaignOf(req.GetCampaign())
		c.ID, c.Version, c.UpdatedAt = id, 1, now
		err := s.checkCampaign(ctx, &c)
		return c, append(c.Create(s.db), s.changed(ctx, req.GetReason(), c.ProductID, ofCampaign(c, ""))...), err
	})
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
