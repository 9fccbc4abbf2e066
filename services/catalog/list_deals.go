package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/services/catalog/internal/deal"
)

// ListDeals pages the daily deals that hold, on live products, those that end soonest first, as ListCampaigns does.
func (s *catalogServer) ListDeals(ctx context.Context, req *catalogv1.ListDealsRequest) (*catalogv1.ListDealsResponse, error) {
	who, now := caller.From(ctx), s.now()
	scope := []string{who.UserID, who.Method}
	after, err := page.OpenJSON[deal.Cursor](s.pages, req.GetPageToken(), scope...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	found, err := deal.LiveAfter(ctx, s.db, now, after, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListDealsResponse{ServerTime: timestamppb.New(now)}
	found, res.NextPageToken = page.Cut(s.pages, found, size, deal.Deal.Cursor, scope...)
	if found, err = onLive(ctx, s, found, func(d deal.Deal) string { return d.ProductID }); err != nil {
		return nil, err
	}
	for _, d := range found {
		res.Deals = append(res.Deals, fromDeal(d))
	}
	return res, tell(ctx, forASecond, nil)
}
