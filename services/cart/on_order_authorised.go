package main

import (
	"context"
	"errors"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

var errOrderEvent = errors.New("an order event without its order or customer")

// onOrderAuthorised takes what a solo order bought out of the cart. Group orders never were in it.
func (s *cartServer) onOrderAuthorised(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if m.GetCartVersion() == 0 {
		return nil
	}
	if m.GetOrderId() == "" || m.GetCustomerId() == "" {
		return inbox.Refuse(errOrderEvent)
	}
	var bought []cart.Line
	for _, l := range m.GetLines() {
		bought = append(bought, cart.Line{SKU: l.GetSku(), Quantity: int64(l.GetQuantity())})
	}
	_, err := s.carts.Change(ctx, m.GetCustomerId(), func(c *cart.Cart) (bool, error) {
		return c.Buy(m.GetOrderId(), bought), nil
	})
	return err
}
