package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// ExpireHold cancels an order whose payment did not come in time, by the clock of the database. Too early, or once the
// order is paid or cancelled, it does nothing.
func (s *server) ExpireHold(ctx context.Context, req *orderv1.ExpireHoldRequest) (*orderv1.ExpireHoldResponse, error) {
	o, err := s.known(ctx, req.GetOrderId())
	if err == nil && o.State == order.PendingPayment {
		err = s.expireHold(ctx, o.OrderID)
	}
	return &orderv1.ExpireHoldResponse{}, err
}

func (s *server) expireHold(ctx context.Context, orderID string) error {
	return s.hot.do(ctx, "order/"+orderID, "expire_hold", needs{orders: []string{orderID}}, func(w *work) error {
		o, err := w.order(orderID)
		if err != nil || w.now.Before(o.HoldEndAt) {
			return err
		}
		if o.State == order.PendingPayment {
			w.applied("hold", o.HoldEndAt)
		}
		return w.abandon(o, order.PaymentTimeout, group.MemberTimedOut)
	})
}
