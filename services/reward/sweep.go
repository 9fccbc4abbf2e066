package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
)

// sweepLimit bounds the holds asked for in one tick, a minute's work; the next tick takes the rest.
const sweepLimit = 100

// Sweep sends what a crash left in the outbox, and checks holds whose task was lost. What cannot be sent, or checked, holds
// up no other: the next tick tries it again.
func (s *rewardServer) Sweep(ctx context.Context, _ *rewardv1.SweepRequest) (*rewardv1.SweepResponse, error) {
	sent, err := s.outbox.Sweep(ctx)
	checked, err2 := s.checkDue(ctx)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return &rewardv1.SweepResponse{Count: int64(sent + checked)}, nil
}

func (s *rewardServer) checkDue(ctx context.Context) (checked int, failed error) {
	now, err := spandb.Now(ctx, s.db.Recent(), s.clock)
	if err != nil {
		return 0, err
	}
	due, err := hold.Due(ctx, s.db.Recent(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	for _, h := range due {
		if err := s.check(ctx, h); err != nil {
			failed = cmp.Or(failed, fmt.Errorf("hold of %s: %w", h.OrderID, err))
			continue
		}
		checked++
	}
	return checked, failed
}
