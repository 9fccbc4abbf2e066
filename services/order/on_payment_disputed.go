package main

import (
	"context"
	"strings"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/inbox"

	"github.com/issho-shop/issho/services/order/internal/order"
)

// onPaymentDisputed notes in the order's timeline that its customer objects at the bank, and how that ended, so that whoever
// looks at the order knows it. The money is payment's; refunds meanwhile wait in its manual queue.
func (s *server) onPaymentDisputed(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	return s.update(ctx, "payment_disputed", needs{orders: []string{m.GetOrderId()}}, func(w *work) error {
		o, err := w.order(m.GetOrderId())
		if err != nil {
			return err
		}
		o.Disputes(order.Dispute(strings.TrimPrefix(m.GetState().String(), "PAYMENT_STATE_")), m.GetVersion(), w.now)
		return nil
	})
}
