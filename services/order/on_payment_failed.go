package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/inbox"
)

// onPaymentFailed cancels the order and gives seat and stock back.
func (s *server) onPaymentFailed(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	o, err := s.known(ctx, m.GetOrderId())
	if err != nil {
		return err
	}
	return s.declined(ctx, o, m.GetDeclineCode())
}
