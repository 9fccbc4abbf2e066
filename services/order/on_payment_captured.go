package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/inbox"
)

// onPaymentCaptured releases the order to fulfilment. An order that was cancelled meanwhile stays so: payment refunds it.
func (s *server) onPaymentCaptured(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	return s.hot.do(ctx, "order/"+m.GetOrderId(), "payment_captured", needs{orders: []string{m.GetOrderId()}}, func(w *work) error {
		o, err := w.order(m.GetOrderId())
		if err != nil {
			return err
		}
		o.Pay(w.now)
		return nil
	})
}
