package main

import (
	"context"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
)

// CheckHold asks order what became of a hold's order; too early it does nothing.
func (s *rewardServer) CheckHold(ctx context.Context, req *rewardv1.CheckHoldRequest) (*rewardv1.CheckHoldResponse, error) {
	now, err := spandb.Now(ctx, s.db.Single(), s.clock)
	if err != nil {
		return nil, err
	}
	h, err := hold.Of(ctx, s.db.Single(), req.GetOrderId())
	if err != nil {
		return nil, err
	}
	if h.State == hold.Held && !h.CheckAt.After(now) {
		err = s.check(ctx, h)
	}
	if err != nil {
		return nil, err
	}
	return &rewardv1.CheckHoldResponse{}, nil
}

// check releases a hold without an order, or with a cancelled one, and keeps the others: their events will end them. The
// order cannot come into being after the answer, since a checkout gives up two minutes after it began.
func (s *rewardServer) check(ctx context.Context, h hold.Hold) error {
	res, err := s.orders.GetOrderState(ctx, &orderv1.GetOrderStateRequest{OrderId: h.OrderID})
	if err != nil {
		return fault.FromRPC(err, "order")
	}
	switch res.GetState() {
	case orderv1.OrderState_ORDER_STATE_UNSPECIFIED, orderv1.OrderState_ORDER_STATE_CANCELLED:
		return s.release(ctx, "check_hold", h.OrderID, func(now hold.Hold) bool { return now.Round == h.Round })
	default:
		return s.keep(ctx, h)
	}
}

func (s *rewardServer) keep(ctx context.Context, asked hold.Hold) error {
	_, err := s.db.Update(ctx, "keep_hold", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		h, err := hold.Of(ctx, tx, asked.OrderID)
		if err != nil || h.State != hold.Held || h.Round != asked.Round {
			return err
		}
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		h.Keep(now.Add(hold.NextCheck))
		return tx.BufferWrite([]*spanner.Mutation{h.Save()})
	})
	return err
}
