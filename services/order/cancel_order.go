package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// CancelOrder cancels an own order in the way that its state allows. The money goes back by payment, which hears of it.
func (s *server) CancelOrder(ctx context.Context, req *orderv1.CancelOrderRequest) (*orderv1.CancelOrderResponse, error) {
	who := caller.From(ctx)
	var cancelled *order.Order
	err := s.update(ctx, "cancel_order", needs{orders: []string{req.GetOrderId()}}, func(w *work) error {
		o, err := w.order(req.GetOrderId())
		if err != nil {
			return err
		}
		if o.CustomerID != who.UserID {
			return fault.New(fault.NotFound)
		}
		cancelled = o
		return w.cancelOwn(o)
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.CancelOrderResponse{Order: orderMessage(cancelled)}, nil
}

// cancelOwn is what a customer's wish to cancel does to an order.
func (w *work) cancelOwn(o *order.Order) error {
	if o.State == order.AwaitingGroup {
		if done, err := w.takeOut(o, order.LeftGroup, order.Customer); done || err != nil {
			return err
		}
	}
	switch o.State {
	case order.PendingPayment:
		return w.abandon(o, order.Customer, group.MemberLeft)
	case order.Confirmed, order.Paid:
		return w.cancel(o, order.Customer)
	case order.Cancelled:
		return nil
	}
	return fault.New(fault.OrderState, "state", string(o.State))
}
