package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// authorised is what happens when an order's payment is held, whoever hears of it first: the reply, the event, the task or
// the sweep. It confirms the seat, forms and settles the group, or buys a solo order. An order that is not PENDING_PAYMENT
// stays as it is; when it comes too late for its group, the order is cancelled, and payment gives the money back. It answers
// the order as this has left it, with its group; nothing when somebody else was first.
func (s *server) authorised(ctx context.Context, read *order.Order, paymentID string) (*view, error) {
	if read.State != order.PendingPayment {
		return nil, nil // no order comes back to it: whoever was first has done this, and no transaction is needed to say so
	}
	var left *view
	err := s.hot.do(ctx, laneOf(read), "authorised", confirming(read), func(w *work) error {
		left = nil
		o, err := w.order(read.OrderID)
		if err != nil || o.State != order.PendingPayment {
			return err
		}
		left = &view{order: o}
		if o.Solo() {
			o.Authorise(paymentID, w.now)
			return w.consume(o)
		}
		left.group, err = w.confirm(o, paymentID)
		return err
	})
	if left != nil {
		left.now = s.clock.Now()
	}
	return left, err
}

// confirm gives an authorised order its seat in the group, or cancels it when it comes too late.
func (w *work) confirm(o *order.Order, paymentID string) (*group.Group, error) {
	g, m, err := w.seat(o)
	switch {
	case err != nil:
		return nil, err
	case m == nil || m.State != group.MemberHeld:
		return g, w.cancel(o, order.PaymentTimeout)
	case !g.Confirm(o.CustomerID, w.now):
		return g, w.carry(g, m)
	}
	m.Confirm(w.now)
	o.Authorise(paymentID, w.now)
	claims, err := w.reserved(o)
	if err != nil {
		return g, err
	}
	for _, c := range claims {
		c.claim.Confirm(w.now)
	}
	return g, w.carrySmall(g)
}

// confirming are the rows that decide an authorised order. What its group's outcome touches is read when there is one.
func confirming(o *order.Order) needs {
	n := needsOf(o)
	n.slots = nil
	return n
}

// declined is what happens when an order's payment has failed for good, with the provider's code for why; empty when it
// gave none.
func (s *server) declined(ctx context.Context, read *order.Order, code string) error {
	return s.hot.do(ctx, laneOf(read), "declined", needsOf(read), func(w *work) error {
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
// NOT_FOUND when there is none: an event may come before its cause has been seen, and comes again. What has changed at this
// moment the transaction sees.
func (s *server) known(ctx context.Context, orderID string) (*order.Order, error) {
	o, ok, err := order.Read(ctx, s.db.Recent(), orderID)
	if err == nil && !ok {
		o, ok, err = order.Read(ctx, s.db.Single(), orderID)
	}
	if err == nil && !ok {
		err = fault.New(fault.NotFound)
	}
	return o, err
}
