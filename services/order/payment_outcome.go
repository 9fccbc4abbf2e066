package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// authorised is what happens when an order's payment is held, whoever hears of it first: the reply, the event, the task or
// the sweep. It confirms the seat, forms and settles the group, or buys a solo order. An order that is not PENDING_PAYMENT
// stays as it is; when it comes too late for its group, the order is cancelled, and payment gives the money back.
func (s *server) authorised(ctx context.Context, read *order.Order, paymentID string) error {
	if read.State != order.PendingPayment {
		return nil // no order comes back to it: whoever was first has done this, and no transaction is needed to say so
	}
	return s.hot.do(ctx, laneOf(read), "authorised", needsOf(read), func(w *work) error {
		o, err := w.order(read.OrderID)
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
			c.claim.Confirm(w.now)
		}
		return w.carry(g, m)
	})
}

// declined is what happens when an order's payment has failed for good, with the provider's code for why; empty when it
// gave none.
func (s *server) declined(ctx context.Context, read *order.Order, code string) error {
	return s.update(ctx, "declined", needsOf(read), func(w *work) error {
		o, err := w.order(read.OrderID)
		if err != nil {
			return err
		}
		o.Decline(code)
		return w.abandon(o, order.PaymentFailed, group.MemberTimedOut)
	})
}

// laneOf is the hot row that an authorised order goes for: its group, or the one SKU that it buys alone.
func laneOf(o *order.Order) string { return quote{order: o}.lane() }

// known answers an order as it was read before, of which the parts that never change say what a transaction on it needs.
// NOT_FOUND when there is none: an event may come before its cause has been seen, and comes again.
func (s *server) known(ctx context.Context, orderID string) (*order.Order, error) {
	o, ok, err := order.Read(ctx, s.db.Single(), orderID)
	if err == nil && !ok {
		err = fault.New(fault.NotFound)
	}
	return o, err
}
