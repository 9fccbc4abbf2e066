package main

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// GetInvite answers what anybody sees who opens an invite: the offer and the group's progress, nothing about persons.
func (s *server) GetInvite(ctx context.Context, req *orderv1.GetInviteRequest) (*orderv1.GetInviteResponse, error) {
	invite, err := s.invites.Open(req.GetToken(), time.Now())
	if err != nil {
		return nil, err
	}
	g, ok, err := group.Read(ctx, s.db.Recent(), invite.GroupID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.InviteInvalid)
	}
	return &orderv1.GetInviteResponse{Group: groupMessage(g), ServerTime: timestamppb.New(s.clock.Now())}, nil
}
