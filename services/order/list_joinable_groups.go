package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// joinableFrom is a place in a campaign's joinable groups as they stood at one moment.
type joinableFrom struct {
	After  *group.Hot
	ReadAt time.Time
}

// ListJoinableGroups pages a campaign's groups that can be joined, those with most members first. The token holds when the
// first page was read, and the others read at that moment, so that groups which fill up meanwhile neither move nor repeat.
func (s *server) ListJoinableGroups(ctx context.Context, req *orderv1.ListJoinableGroupsRequest) (*orderv1.ListJoinableGroupsResponse, error) {
	scope := []string{caller.From(ctx).UserID, "ListJoinableGroups", req.GetCampaignId()}
	from, err := page.OpenJSON[joinableFrom](s.pages, req.GetPageToken(), scope...)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var groups []*group.Group
	var last *group.Hot
	at, err := s.db.SnapshotAt(ctx, from.ReadAt, func(ctx context.Context, r spandb.Reader) (err error) {
		groups, last, err = joinable(ctx, r, req.GetCampaignId(), from.After, now, pageSize(req.GetPageSize()))
		return err
	})
	if spanner.ErrCode(err) == codes.FailedPrecondition { // the database has forgotten that moment
		return nil, fault.New(fault.PageTokenInvalid).Because(err)
	}
	if err != nil {
		return nil, err
	}
	res := &orderv1.ListJoinableGroupsResponse{ServerTime: timestamppb.New(now)}
	for _, g := range groups {
		res.Groups = append(res.Groups, &orderv1.OpenGroup{Group: groupMessage(g), Invite: s.inviteMessage(g, "", now)})
	}
	if last != nil {
		res.NextPageToken = page.SealJSON(s.pages, joinableFrom{After: last, ReadAt: at}, scope...)
	}
	return res, nil
}
