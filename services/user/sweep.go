package main

import (
	"context"

	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

// Sweep deletes what has served its time. Twice is once.
func (s *userServer) Sweep(ctx context.Context, _ *userv1.SweepRequest) (*userv1.SweepResponse, error) {
	requests, err := firedb.SweepRequests(ctx, s.db, s.now())
	if err != nil {
		return nil, err
	}
	return &userv1.SweepResponse{Count: int64(requests)}, nil
}
