package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// onPaymentCaptureFailed cancels an order whose money cannot be had any more: the hold ended at the provider. Its stock
// comes back; a group that is formed stays so, an open one is left. During the grace the event has to come again: the
// group's outcome comes first.
func (s *server) onPaymentCaptureFailed(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	return s.update(ctx, "payment_capture_failed", needs{orders: []string{m.GetOrderId()}}, func(w *work) error {
		o, err := w.order(m.GetOrderId())
		if err != nil {
			return err
		}
		switch o.State {
		case order.PendingPayment: // it overtook payment.authorised
			return w.abandon(o, order.CaptureFailed, group.MemberTimedOut)
		case order.AwaitingGroup:
			if done, err := w.takeOut(o, order.CaptureFailed, order.CaptureFailed); done || err != nil {
				return err
			}
		}
		return w.cancel(o, order.CaptureFailed)
	})
}
