package main

import (
	"context"
	"log/slog"
	"time"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// holdPoints sets the points aside that an order spends.
func (s *server) holdPoints(ctx context.Context, o *order.Order) error {
	if o.Points == 0 {
		return nil
	}
	_, err := s.reward.HoldPoints(ctx, &rewardv1.HoldPointsRequest{OrderId: o.OrderID, CustomerId: o.CustomerID, Points: o.Points})
	return fault.FromRPC(err, "reward")
}

// releasePoints gives them back when the order was refused, also when the caller has gone. If it fails, reward finds out
// by itself.
func (s *server) releasePoints(ctx context.Context, o *order.Order) {
	if o.Points == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, err := s.reward.ReleasePoints(ctx, &rewardv1.ReleasePointsRequest{OrderId: o.OrderID}); err != nil {
		slog.WarnContext(ctx, "points were not given back; reward will", "order_id", o.OrderID, "error", err)
	}
}
