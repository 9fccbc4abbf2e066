package main

import (
	"context"

	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/change"
)

// Sweep deletes what has served its time. Twice is once.
func (s *catalogServer) Sweep(ctx context.Context, _ *catalogv1.SweepRequest) (*catalogv1.SweepResponse, error) {
	now := s.now()
	requests, err := firedb.SweepRequests(ctx, s.db, now)
	if err != nil {
		return nil, err
	}
	changes, err := change.Sweep(ctx, s.db, now.Add(-s.clock.Offset())) // stamped by the database, which knows no offset
	if err != nil {
		return nil, err
	}
	return &catalogv1.SweepResponse{Count: int64(requests + changes)}, nil
}
