package main

import (
	"context"
	"errors"
	"fmt"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// onOrderConfirmed captures the final total of an order: the call is begun with the decision, and made here. Where it leads
// nowhere, its next task goes on; when many are confirmed at once, a task makes it, at the rate of its queue. An order that is
// dead here already is not charged: cancelled beats confirmed. More than was held is refused for good.
func (s *paymentServer) onOrderConfirmed(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	var begun call
	now := s.atOnce.Allow()
	t := &task{ctx: ctx, order: m.GetOrderId(), fn: func(c *payment.Change) (err error) {
		begun.op, err = capture(c, m, now)
		return err
	}}
	err := s.lane.Do(ctx, t)
	switch {
	case errors.Is(err, payment.ErrAmount):
		return inbox.Refuse(err)
	case err != nil || begun.op.ID == "":
		return err
	}
	_, err = s.drive(ctx, t.done, begun)
	return err
}

// capture decides to take an order's money and, if that is to be now, begins the call, leased to the caller. No op when there is
// nothing to do.
func capture(c *payment.Change, m *orderv1.OrderEvent, now bool) (payment.Op, error) {
	if m.GetFinalTotal().GetCurrency() != c.Payment.Currency {
		return payment.Op{}, fmt.Errorf("order %s in another currency: %w", m.GetOrderId(), payment.ErrAmount)
	}
	if err := c.Capture(m.GetFinalTotal().GetAmount()); err != nil || !c.Moved() || !now || !c.Claim() {
		return payment.Op{}, err
	}
	op, _ := c.Begin(payment.OpCapture, id.New("op"))
	return op, nil
}
