package main

import (
	"context"
	"encoding/json"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
)

// ListCampaigns pages live campaigns, those that end soonest first. The cursor is the last one's place in that order, so
// what ends between two pages moves nothing.
func (s *catalogServer) ListCampaigns(ctx context.Context, req *catalogv1.ListCampaignsRequest) (*catalogv1.ListCampaignsResponse, error) {
	who, now := caller.From(ctx), s.now()
	scope := []string{who.UserID, who.Method}
	after, err := s.campaignCursor(req.GetPageToken(), scope)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	found, err := campaign.LiveAfter(ctx, s.db, now, after, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListCampaignsResponse{ServerTime: timestamppb.New(now)}
	if len(found) > size {
		found = found[:size]
		cursor, err := json.Marshal(found[size-1].Cursor())
		if err != nil {
			return nil, err
		}
		res.NextPageToken = s.pages.Seal(string(cursor), scope...)
	}
	for _, c := range found {
		res.Campaigns = append(res.Campaigns, fromCampaign(c))
	}
	return res, tell(ctx, forASecond, &catalogv1.ListCampaignsResponse{Campaigns: res.Campaigns})
}

func (s *catalogServer) campaignCursor(token string, scope []string) (campaign.Cursor, error) {
	var after campaign.Cursor
	cursor, err := s.pages.Open(token, scope...)
	if err != nil || cursor == "" {
		return after, err
	}
	if err := json.Unmarshal([]byte(cursor), &after); err != nil { // sealed by another version of this program
		return after, fault.New(fault.PageTokenInvalid).Because(err)
	}
	return after, nil
}
