package main

import (
	"context"
	"errors"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// onOrderCancelled returns all of an order's money, whatever state its payment is in; a task makes the calls. An order
// without a payment gets one that is VOIDED, so that an Authorise which comes later holds nothing.
func (s *paymentServer) onOrderCancelled(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if m.GetOrderId() == "" || m.GetCustomerId() == "" {
		return inbox.Refuse(errors.New("the event names no order or no customer"))
	}
	_, err := s.outbox.Update(ctx, "order_cancelled", func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		c, err := s.cancelledOrder(ctx, tx, m)
		if err != nil {
			return err
		}
		return write(ctx, tx, out, c)
	})
	return err
}

// cancelledOrder is the change of the order's payment, or a new payment that is VOIDED.
func (s *paymentServer) cancelledOrder(ctx context.Context, tx spandb.Reader, m *orderv1.OrderEvent) (*payment.Change, error) {
	now, err := spandb.Now(ctx, tx, s.clock)
	if err != nil {
		return nil, err
	}
	known, ok, err := payment.OfOrder(ctx, tx, m.GetOrderId())
	if err != nil {
		return nil, err
	}
	if !ok {
		return payment.NewVoided(payment.Payment{
			ID: id.New("pay"), OrderID: m.GetOrderId(), CustomerID: m.GetCustomerId(),
			Amount: m.GetAuthorisedTotal().GetAmount(), Currency: m.GetAuthorisedTotal().GetCurrency(),
		}, now), nil
	}
	c, _, err := payment.Load(ctx, tx, known, now)
	if err != nil {
		return nil, err
	}
	c.OrderCancelled()
	return c, nil
}
