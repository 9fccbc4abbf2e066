package main

import (
	"context"
	"errors"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/order"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

var errNotPaidYet = errors.New("not heard of as paid or cancelled yet: try again")

// onOrderCompleted lets what an order has earned be spent. Before its order.paid it asks to be told again.
func (s *rewardServer) onOrderCompleted(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if m.GetOrderId() == "" {
		return inbox.Refuse(errOrderEvent)
	}
	_, err := s.db.Update(ctx, "on_order_completed", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		heard, err := order.Of(ctx, tx, m.GetOrderId())
		switch {
		case err != nil:
			return err
		case heard.State == order.Unheard:
			return errNotPaidYet
		case heard.State != order.Paid:
			return nil
		}
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		es, err := points.EarningsOf(ctx, tx, heard.ID)
		if err != nil {
			return err
		}
		heard.State, heard.UpdatedAt = order.Completed, now
		b := book{rows: []*spanner.Mutation{heard.Save()}}
		for _, e := range es {
			b.vest(e)
		}
		return b.write(ctx, tx, now)
	})
	return err
}

func (b *book) vest(e points.Earning) {
	journal := e.Vest()
	e.Vested = true
	if e.Left() == 0 {
		b.rows = append(b.rows, e.Save())
		return
	}
	b.add(journal, e.Save())
}
