package main

import (
	"context"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
)

// sweepLimit bounds the holds asked for in one tick, a minute's work; the next tick takes the rest.
const sweepLimit = 100

// Sweep sends what a crash left in the outbox, then checks holds whose task was lost. While order is down it stops at the
// first hold: the next tick tries again.
func (s *rewardServer) Sweep(ctx context.Context, _ *rewardv1.SweepRequest) (*rewardv1.SweepResponse, error) {
	sent, err := s.outbox.Sweep(ctx)
	if err != nil {
		return nil, err
	}
	now, err := spandb.Now(ctx, s.db.Single(), s.clock)
	if err != nil {
		return nil, err
	}
	due, err := hold.Due(ctx, s.db.Single(), now, sweepLimit)
	if err != nil {
		return nil, err
	}
	for _, h := range due {
		if err := s.check(ctx, h); err != nil {
			return nil, err
		}
	}
	return &rewardv1.SweepResponse{Count: int64(sent + len(due))}, nil
}
