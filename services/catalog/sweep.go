package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/heat"
)

// Sweep deletes what has served its time. Twice is once.
func (s *catalogServer) Sweep(ctx context.Context, _ *catalogv1.SweepRequest) (*catalogv1.SweepResponse, error) {
	now := s.now()
	requests, err := firedb.SweepRequests(ctx, s.db, now)
	if err != nil {
		return nil, err
	}
	changes, err := change.Sweep(ctx, s.db, s.realNow())
	if err != nil {
		return nil, err
	}
	groups, err := s.forgetGroups(ctx)
	if err != nil {
		return nil, err
	}
	return &catalogv1.SweepResponse{Count: int64(requests + changes + groups)}, nil
}

// forgetGroups lets groups of long ago count no more, at most some thousand at a time.
func (s *catalogServer) forgetGroups(ctx context.Context) (int, error) {
	old, err := heat.Old(ctx, s.db, s.now(), 2000)
	if err != nil {
		return 0, err
	}
	for i, g := range old {
		err := firedb.Commit(ctx, s.db, g.Forget(s.db)...)
		if fault.ReasonOf(err) == fault.Conflict { // heard of again: it stays
			continue
		}
		if err != nil {
			return i, err
		}
	}
	return len(old), nil
}
