package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// GetOffer answers a campaign on which a group may start now, with those of its variants that are live.
func (s *catalogServer) GetOffer(ctx context.Context, req *catalogv1.GetOfferRequest) (*catalogv1.GetOfferResponse, error) {
	refused := fault.New(fault.CampaignNotLive, "campaign_id", req.GetCampaignId())
	c, ok, err := campaign.ByID(ctx, s.db, req.GetCampaignId())
	if err != nil {
		return nil, err
	}
	if !ok || !c.LiveAt(s.now()) {
		return nil, refused
	}
	variants, _, err := product.Variants(ctx, s.db, c.SKUs)
	if err != nil {
		return nil, err
	}
	if len(variants) == 0 { // its product has left the shop
		return nil, refused
	}
	res := &catalogv1.GetOfferResponse{Campaign: fromCampaign(c)}
	for _, v := range variants {
		res.Variants = append(res.Variants, fromPriced(v, s.now()))
	}
	return res, nil
}
