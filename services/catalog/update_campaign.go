package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// UpdateCampaign replaces a campaign. The etag keeps two editors apart, the commit's precondition two commits.
func (s *catalogServer) UpdateCampaign(ctx context.Context, req *catalogv1.UpdateCampaignRequest) (*catalogv1.UpdateCampaignResponse, error) {
	now := s.now()
	old, err := s.ownCampaign(ctx, req.GetCampaign().GetCampaignId())
	if err != nil {
		return nil, err
	}
	if req.GetCampaign().GetEtag() != old.Etag() {
		return nil, fault.New(fault.Conflict)
	}
	c := campaignOf(req.GetCampaign())
	c.UpdatedAt = now
	if err := c.Follow(old); err != nil {
		return nil, err
	}
	if err := s.checkCampaign(ctx, &c); err != nil {
		return nil, err
	}
	writes := append(c.Replace(s.db), s.changed(ctx, req.GetReason(), c.ProductID, ofCampaign(c, old.State))...)
	if err := firedb.Change(ctx, s.db, writes...); err != nil {
		return nil, err
	}
	return &catalogv1.UpdateCampaignResponse{Campaign: fromCampaign(c)}, nil
}
