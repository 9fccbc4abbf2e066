package main

import (
	"context"
	"errors"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// onOrderCancelled returns all of an order's money, whatever state its payment is in; a task makes the calls. An order
// without a payment gets one that is VOIDED, so that an Authorise which comes later holds nothing.
func (s *paymentServer) onOrderCancelled(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if m.GetOrderId() == "" || m.GetCustomerId() == "" {
		return inbox.Refuse(errors.New("the event names no order or no customer"))
	}
	t := &task{ctx: ctx, order: m.GetOrderId()}
	t.make = func(now time.Time) *payment.Change {
		return payment.NewVoided(payment.Payment{
			ID: id.New("pay"), OrderID: m.GetOrderId(), CustomerID: m.GetCustomerId(),
			Amount: m.GetAuthorisedTotal().GetAmount(), Currency: m.GetAuthorisedTotal().GetCurrency(),
		}, now)
	}
	t.fn = func(c *payment.Change) error {
		if !t.isNew {
			c.OrderCancelled()
		}
		return nil
	}
	return s.lane.Do(ctx, t)
}
