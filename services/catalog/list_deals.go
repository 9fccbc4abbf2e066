package main

import (
	"context"
	"encoding/json"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/deal"
)

// ListDeals pages the daily deals that hold, those that end soonest first, as ListCampaigns does.
func (s *catalogServer) ListDeals(ctx context.Context, req *catalogv1.ListDealsRequest) (*catalogv1.ListDealsResponse, error) {
	who, now := caller.From(ctx), s.now()
	scope := []string{who.UserID, who.Method}
	after, err := s.dealCursor(req.GetPageToken(), scope)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	found, err := deal.LiveAfter(ctx, s.db, now, after, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListDealsResponse{ServerTime: timestamppb.New(now)}
	if len(found) > size {
		found = found[:size]
		cursor, err := json.Marshal(found[size-1].Cursor())
		if err != nil {
			return nil, err
		}
		res.NextPageToken = s.pages.Seal(string(cursor), scope...)
	}
	for _, d := range found {
		res.Deals = append(res.Deals, fromDeal(d))
	}
	return res, tell(ctx, forASecond, &catalogv1.ListDealsResponse{Deals: res.Deals})
}

func (s *catalogServer) dealCursor(token string, scope []string) (after deal.Cursor, err error) {
	cursor, err := s.pages.Open(token, scope...)
	if err != nil || cursor == "" {
		return after, err
	}
	if err := json.Unmarshal([]byte(cursor), &after); err != nil { // sealed by another version of this program
		return after, fault.New(fault.PageTokenInvalid).Because(err)
	}
	return after, nil
}
