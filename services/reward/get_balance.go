package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// GetBalance answers the caller's points; nothing but zeros for somebody who never had any.
func (s *rewardServer) GetBalance(ctx context.Context, _ *rewardv1.GetBalanceRequest) (*rewardv1.GetBalanceResponse, error) {
	b, err := points.BalanceOf(ctx, s.db.Single(), caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	return &rewardv1.GetBalanceResponse{Available: b.Available, Pending: b.Pending, Held: b.Held}, nil
}
