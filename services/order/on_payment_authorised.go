package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/inbox"
)

// onPaymentAuthorised records what the checkout itself may have recorded already: a customer who confirmed in the app, or
// a reply that was lost.
func (s *server) onPaymentAuthorised(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	o, err := s.known(ctx, m.GetOrderId())
	if err != nil {
		return err
	}
	_, err = s.authorised(ctx, o, m.GetPaymentId())
	return err
}
