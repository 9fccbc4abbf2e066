package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// onPaymentCaptureFailed cancels an order whose money cannot be had any more: the hold ended at the provider. Its stock
// comes back; a group that is formed stays so, an open one is left.
func (s *server) onPaymentCaptureFailed(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	return s.update(ctx, "payment_capture_failed", func(w *work) error {
		o, err := w.order(m.GetOrderId())
		if err != nil {
			return err
		}
		if o.State == order.AwaitingGroup {
			if done, err := w.loseHold(o); done || err != nil {
				return err
			}
		}
		return w.cancel(o, order.CaptureFailed)
	})
}

// loseHold takes an order whose hold ended out of its group, and reports false when the group is decided: its outcome is
// then carried to the order first.
func (w *work) loseHold(o *order.Order) (bool, error) {
	g, m, err := w.seat(o)
	if err != nil || m == nil {
		return false, err
	}
	g.Due(w.now)
	switch g.State {
	case group.Open:
		return true, w.leave(o, g, m, order.CaptureFailed)
	case group.Formed:
		return true, w.forgo(o, g, m, order.CaptureFailed)
	}
	return false, w.carry(g, m)
}
