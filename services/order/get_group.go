package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// GetGroup answers a group of which the caller is or was a member. To everybody else it does not exist.
func (s *server) GetGroup(ctx context.Context, req *orderv1.GetGroupRequest) (*orderv1.GetGroupResponse, error) {
	who := caller.From(ctx)
	var g *group.Group
	var m *group.Member
	key := group.SeatKey{GroupID: req.GetGroupId(), UserID: who.UserID}
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		seats, err := group.Members(ctx, r, []group.SeatKey{key})
		if err != nil {
			return err
		}
		if m = seats[key]; m == nil {
			return fault.New(fault.NotFound)
		}
		g, _, err = group.Read(ctx, r, req.GetGroupId())
		return err
	})
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	res := &orderv1.GetGroupResponse{Group: groupMessage(g), Membership: membershipMessage(g, m), ServerTime: timestamppb.New(now)}
	if m.State == group.MemberConfirmed {
		res.Invite = s.inviteMessage(g, who.UserID, now)
	}
	return res, nil
}
