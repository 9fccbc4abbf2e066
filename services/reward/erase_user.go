package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// EraseUser changes nothing: a ledger is only inserted into, and it names the customer by the account's random id alone.
// It waits for points that are held, since what becomes of them is still to be booked.
func (s *rewardServer) EraseUser(ctx context.Context, req *rewardv1.EraseUserRequest) (*rewardv1.EraseUserResponse, error) {
	b, err := points.BalanceOf(ctx, s.db.Single(), req.GetCustomerId())
	if err != nil {
		return nil, err
	}
	if b.Held > 0 {
		return nil, fault.New(fault.OrderState, "state", "POINTS_HELD")
	}
	kept, err := points.Count(ctx, s.db.Single(), req.GetCustomerId())
	if err != nil {
		return nil, err
	}
	return &rewardv1.EraseUserResponse{Kept: kept}, nil
}
