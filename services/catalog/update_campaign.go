package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/change"
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
	entry := audited(ctx, req.GetReason(), now)
	entry.Subject, entry.Version, entry.From, entry.To, entry.Content = "campaign/"+c.ID, c.Version, old.State, c.State, c
	err = firedb.Commit(ctx, s.db, append(c.Replace(s.db), entry.Write(s.db),
		change.Of(c.ProductID, entry.Subject, c.Version).Write(s.db))...)
	if firedb.Exists(err) { // somebody else made this version
		return nil, fault.New(fault.Conflict).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &catalogv1.UpdateCampaignResponse{Campaign: fromCampaign(c)}, nil
}

// ownCampaign reads a campaign that the caller may change: NOT_FOUND for another merchant's as for none.
func (s *catalogServer) ownCampaign(ctx context.Context, campaignID string) (campaign.Campaign, error) {
	if campaignID == "" { // no document has an empty name
		return campaign.Campaign{}, fault.New(fault.NotFound)
	}
	who := caller.From(ctx)
	c, ok, err := campaign.ByID(ctx, s.db, campaignID)
	if err != nil {
		return c, err
	}
	if !ok || !c.OwnedBy(who.MerchantID, who.Operator) {
		return c, fault.New(fault.NotFound)
	}
	return c, nil
}
