package main

import (
	"context"
	"strconv"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
	"github.com/issho-shop/issho/services/reward/internal/order"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// HoldPoints sets points aside, once per order: a repeat changes nothing, one that asks for something else is
// REQUEST_ID_REUSED, since an order's id is made of its request's. A hold that was released is taken again by the next
// try of the same checkout. ORDER_STATE when the order is over or paid already.
func (s *rewardServer) HoldPoints(ctx context.Context, req *rewardv1.HoldPointsRequest) (*rewardv1.HoldPointsResponse, error) {
	_, err := s.outbox.Update(ctx, "hold_points", func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		heard, err := order.Of(ctx, tx, req.GetOrderId())
		if err != nil {
			return err
		}
		if heard.State != order.Unheard {
			return fault.New(fault.OrderState, "state", string(heard.State))
		}
		h, err := hold.Of(ctx, tx, req.GetOrderId())
		if err != nil {
			return err
		}
		if h.State == hold.Held {
			return sameHold(h, req)
		}
		return s.take(ctx, tx, out, h, req)
	})
	if err != nil {
		return nil, err
	}
	return &rewardv1.HoldPointsResponse{}, nil
}

func sameHold(h hold.Hold, req *rewardv1.HoldPointsRequest) error {
	if h.CustomerID != req.GetCustomerId() || h.Points != req.GetPoints() {
		return fault.New(fault.RequestIDReused)
	}
	return nil
}

func (s *rewardServer) take(
	ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch, h hold.Hold, req *rewardv1.HoldPointsRequest,
) error {
	balance, err := points.BalanceOf(ctx, tx, req.GetCustomerId())
	if err != nil {
		return err
	}
	if balance.Available < req.GetPoints() {
		return fault.New(fault.PointsNotEnough, "balance", strconv.FormatInt(balance.Available, 10))
	}
	now, err := spandb.Now(ctx, tx, s.clock)
	if err != nil {
		return err
	}
	h.Take(req.GetCustomerId(), req.GetPoints(), now)
	var b book
	b.add(points.Hold(h.OrderID, h.Round, h.CustomerID, h.Points), h.Save())
	out.Add(ctx, checkHold(h))
	return b.write(ctx, tx, now)
}
