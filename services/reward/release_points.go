package main

import (
	"context"

	"cloud.google.com/go/spanner"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
)

// ReleasePoints gives back what is set aside for an order. Where nothing is, it changes nothing.
func (s *rewardServer) ReleasePoints(ctx context.Context, req *rewardv1.ReleasePointsRequest) (*rewardv1.ReleasePointsResponse, error) {
	whichever := func(hold.Hold) bool { return true }
	if err := s.release(ctx, "release_points", req.GetOrderId(), whichever); err != nil {
		return nil, err
	}
	return &rewardv1.ReleasePointsResponse{}, nil
}

// release gives back an order's held points if the hold is still the one that the caller means.
func (s *rewardServer) release(ctx context.Context, tag, orderID string, meant func(hold.Hold) bool) error {
	_, err := s.db.Update(ctx, tag, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		h, err := hold.Of(ctx, tx, orderID)
		if err != nil || h.State != hold.Held || !meant(h) {
			return err
		}
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		var b book
		b.release(h)
		return b.write(ctx, tx, now)
	})
	return err
}
