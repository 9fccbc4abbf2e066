package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// ListMyGroups pages the groups of which the caller is or was a member, those joined last first.
func (s *server) ListMyGroups(ctx context.Context, req *orderv1.ListMyGroupsRequest) (*orderv1.ListMyGroupsResponse, error) {
	who := caller.From(ctx)
	from, err := page.OpenJSON[group.Cursor](s.pages, req.GetPageToken(), who.UserID, "ListMyGroups")
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	var seats []group.Seat
	err = s.db.RecentSnapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		seats, err = group.SeatsOf(ctx, r, who.UserID, from, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	res := &orderv1.ListMyGroupsResponse{ServerTime: timestamppb.New(s.clock.Now())}
	seats, res.NextPageToken = page.Cut(s.pages, seats, size, group.Seat.Cursor, who.UserID, "ListMyGroups")
	for _, seat := range seats {
		res.Groups = append(res.Groups, &orderv1.MyGroup{Group: groupMessage(seat.Group), Membership: membershipMessage(seat.Group, &seat.Member)})
	}
	return res, nil
}
