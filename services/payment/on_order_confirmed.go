package main

import (
	"context"
	"errors"
	"fmt"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// onOrderConfirmed captures the final total of an order. A task makes the call. An order that is dead here already is not
// charged: cancelled beats confirmed. More than was held is refused for good.
func (s *paymentServer) onOrderConfirmed(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	paymentID, ok, err := payment.OfOrder(ctx, s.db.Single(), m.GetOrderId())
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("order %s is confirmed and has no payment yet", m.GetOrderId())
	}
	_, err = s.change(ctx, "order_confirmed", paymentID, func(c *payment.Change) error {
		if m.GetFinalTotal().GetCurrency() != c.Payment.Currency {
			return fmt.Errorf("order %s in another currency: %w", m.GetOrderId(), payment.ErrAmount)
		}
		return c.Capture(m.GetFinalTotal().GetAmount())
	})
	if errors.Is(err, payment.ErrAmount) {
		return inbox.Refuse(err)
	}
	return err
}
