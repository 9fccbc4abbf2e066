package main

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
	"github.com/issho-shop/issho/services/reward/internal/order"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

var errPointsDue = errors.New("points are due that were not spent on the order")

// onOrderRefundDue gives back the points that lines of a living order were paid with; the money is payment's. A line that
// was given back is known by its key. An order that was cancelled has all of its points back already. Before the order was
// heard of as paid it asks to be told again; more points than were spent are refused for good, and then none of the event's.
func (s *rewardServer) onOrderRefundDue(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if m.GetOrderId() == "" || len(m.GetRefundsDue()) == 0 {
		return inbox.Refuse(errOrderEvent)
	}
	_, err := s.db.Update(ctx, "on_order_refund_due", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		heard, err := order.Of(ctx, tx, m.GetOrderId())
		switch {
		case err != nil:
			return err
		case heard.State == order.Unheard:
			return errNotPaidYet
		case heard.State == order.Cancelled:
			return nil
		}
		return s.returnLines(ctx, tx, m)
	})
	if errors.Is(err, errPointsDue) {
		return inbox.Refuse(err)
	}
	return err
}

func (s *rewardServer) returnLines(ctx context.Context, tx *spanner.ReadWriteTransaction, m *orderv1.OrderEvent) error {
	now, err := spandb.Now(ctx, tx, s.clock)
	if err != nil {
		return err
	}
	h, err := hold.Of(ctx, tx, m.GetOrderId())
	if err != nil {
		return err
	}
	var b book
	for _, due := range m.GetRefundsDue() {
		n := due.GetPoints()
		if n == 0 { // paid with money alone
			continue
		}
		journal := points.ReturnLine(h.OrderID, due.GetKey(), h.CustomerID, n)
		known, err := points.Knows(ctx, tx, journal.ID)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if n < 0 || n > h.Left() || due.GetKey() == "" {
			return fmt.Errorf("%d points for %q of order %s, %d are left: %w", n, due.GetSku(), h.OrderID, h.Left(), errPointsDue)
		}
		h.Returned += n
		b.add(journal)
	}
	if len(b.journals) == 0 {
		return nil
	}
	b.rows = append(b.rows, h.Save())
	return b.write(ctx, tx, now)
}
