package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/inbox"
)

// onPaymentFailed cancels the order and gives seat and stock back.
func (s *server) onPaymentFailed(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	return s.declined(ctx, m.GetOrderId())
}
