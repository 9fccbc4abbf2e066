package main

import (
	"context"
	"errors"
	"time"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
)

// A merge takes milliseconds; one that was begun abandonedAfter ago has died.
const (
	abandonedAfter = time.Minute
	sweepLimit     = 200
)

// Sweep finishes merges that died half-way, and then forgets guests' carts that have expired. Twice is once.
func (s *cartServer) Sweep(ctx context.Context, _ *cartv1.SweepRequest) (*cartv1.SweepResponse, error) {
	now := s.clock.Now()
	abandoned, err := s.carts.ClaimedBefore(ctx, now.Add(-abandonedAfter), sweepLimit)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, guest := range abandoned {
		failed = append(failed, s.settle(ctx, guest.Owner, *guest.Claim))
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	expired, err := s.carts.SweepExpired(ctx, now)
	if err != nil {
		return nil, err
	}
	return &cartv1.SweepResponse{Count: int64(len(abandoned) + expired)}, nil
}
