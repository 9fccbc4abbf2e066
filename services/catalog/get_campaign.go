package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// GetCampaign answers a campaign with its product, where the caller may see both.
func (s *catalogServer) GetCampaign(ctx context.Context, req *catalogv1.GetCampaignRequest) (*catalogv1.GetCampaignResponse, error) {
	who, now := caller.From(ctx), s.now()
	c, ok, err := campaign.ByID(ctx, s.db, req.GetCampaignId())
	if err != nil {
		return nil, err
	}
	if !ok || !c.SeenBy(who.MerchantID, who.Operator, now) {
		return nil, fault.New(fault.NotFound)
	}
	p, ok, err := product.ByID(ctx, s.db, c.ProductID)
	if err != nil {
		return nil, err
	}
	if !ok || !p.SeenBy(who.MerchantID, who.Operator) {
		return nil, fault.New(fault.NotFound)
	}
	return &catalogv1.GetCampaignResponse{
		Campaign: fromCampaign(c), Product: shown(s.fromProduct(p), now), ServerTime: timestamppb.New(now),
	}, tell(ctx, forASecond, nil)
}
