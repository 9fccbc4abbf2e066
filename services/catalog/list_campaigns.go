package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
)

// ListCampaigns pages live campaigns on live products, those that end soonest first. The cursor is the last one's place in
// that order, so what ends between two pages moves nothing; what is not live any more leaves its page shorter.
func (s *catalogServer) ListCampaigns(ctx context.Context, req *catalogv1.ListCampaignsRequest) (*catalogv1.ListCampaignsResponse, error) {
	who, now := caller.From(ctx), s.now()
	scope := []string{who.UserID, who.Method}
	after, err := page.OpenJSON[campaign.Cursor](s.pages, req.GetPageToken(), scope...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	found, err := campaign.LiveAfter(ctx, s.db, now, after, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListCampaignsResponse{ServerTime: timestamppb.New(now)}
	found, res.NextPageToken = page.Cut(s.pages, found, size, campaign.Campaign.Cursor, scope...)
	if found, err = onLive(ctx, s, found, func(c campaign.Campaign) string { return c.ProductID }); err != nil {
		return nil, err
	}
	res.Campaigns = fromCampaigns(found)
	return res, tell(ctx, forASecond, nil)
}
