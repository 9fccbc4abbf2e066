package main

import (
	"context"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
	"github.com/issho-shop/issho/services/reward/internal/order"
)

// onOrderCancelled gives back the points set aside for an order, or spent on it. What the order has earned is taken back
// when its money is (onPaymentRefunded); when order.paid comes after this, it earns nothing.
func (s *rewardServer) onOrderCancelled(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if m.GetOrderId() == "" || m.GetCustomerId() == "" {
		return inbox.Refuse(errOrderEvent)
	}
	_, err := s.db.Update(ctx, "on_order_cancelled", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		heard, err := order.Of(ctx, tx, m.GetOrderId())
		if err != nil || heard.State == order.Cancelled {
			return err
		}
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		h, err := hold.Of(ctx, tx, m.GetOrderId())
		if err != nil {
			return err
		}
		heard.CustomerID, heard.State, heard.UpdatedAt = m.GetCustomerId(), order.Cancelled, now
		b := book{rows: []*spanner.Mutation{heard.Save()}}
		switch h.State {
		case hold.Held:
			b.release(h)
		case hold.Committed:
			b.giveBack(h)
		case hold.Released, hold.Returned: // back already
		}
		return b.write(ctx, tx, now)
	})
	return err
}
