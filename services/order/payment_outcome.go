package main

import (
	"context"

	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// authorised is what happens when an order's payment is held, whoever hears of it first: the reply, the event, the task or
// the sweep. It confirms the seat, forms and settles the group, or buys a solo order. An order that is not PENDING_PAYMENT
// stays as it is; when it comes too late for its group, the order is cancelled, and payment gives the money back.
func (s *server) authorised(ctx context.Context, orderID, paymentID string) error {
	return s.update(ctx, "authorised", func(w *work) error {
		o, err := w.order(orderID)
		if err != nil || o.State != order.PendingPayment {
			return err
		}
		if o.Solo() {
			o.Authorise(paymentID, w.now)
			return w.consume(o)
		}
		g, m, err := w.seat(o)
		switch {
		case err != nil:
			return err
		case m == nil || m.State != group.MemberHeld:
			return w.cancel(o, order.PaymentTimeout)
		case !g.Confirm(o.CustomerID, w.now):
			return w.carry(g, m)
		}
		m.Confirm(w.now)
		o.Authorise(paymentID, w.now)
		claims, err := w.reserved(o)
		if err != nil {
			return err
		}
		for _, c := range claims {
			c.Confirm(w.now)
		}
		return w.carry(g, m)
	})
}

// declined is what happens when an order's payment has failed for good.
func (s *server) declined(ctx context.Context, orderID string) error {
	return s.update(ctx, "declined", func(w *work) error {
		o, err := w.order(orderID)
		if err != nil {
			return err
		}
		return w.abandon(o, order.PaymentFailed, group.MemberTimedOut)
	})
}
