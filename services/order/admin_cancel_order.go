package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// adminServer answers merchants and operators: server, but for the one method whose name customers have as well.
type adminServer struct{ *server }

// CancelOrder cancels a customer's order for the shop: from the forming of its group on until it is shipped. Up to then its
// group is stopped instead.
func (s adminServer) CancelOrder(ctx context.Context, req *orderv1.OrderAdminServiceCancelOrderRequest) (*orderv1.OrderAdminServiceCancelOrderResponse, error) {
	who := caller.From(ctx)
	why := reasonOf(req.GetCancelReason())
	if why == order.Operator && !who.Operator {
		return nil, fault.Field("cancel_reason", "a merchant cancels for MERCHANT_SHORTAGE")
	}
	var cancelled *order.Order
	err := s.update(because(ctx, req.GetReason()), "admin_cancel_order", needs{orders: []string{req.GetOrderId()}}, func(w *work) error {
		o, err := w.order(req.GetOrderId())
		if err != nil {
			return err
		}
		if err := mayCancel(who, o); err != nil {
			return err
		}
		cancelled = o
		return w.cancelForShop(o, why)
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.OrderAdminServiceCancelOrderResponse{
		OrderId: cancelled.OrderID, State: orderState(cancelled.State), CancelReason: cancelReason(cancelled.CancelReason), Version: cancelled.Version,
	}, nil
}

// mayCancel lets a merchant cancel an order of nothing but its own goods.
func mayCancel(who caller.Caller, o *order.Order) error {
	if who.Operator {
		return nil
	}
	own := 0
	for _, l := range o.Lines.V {
		if l.MerchantID == who.MerchantID {
			own++
		}
	}
	switch own {
	case 0:
		return fault.New(fault.NotFound)
	case len(o.Lines.V):
		return nil
	}
	return fault.New(fault.CallerNotAllowed)
}

// cancelForShop cancels an order that is bought, or whose group has formed.
func (w *work) cancelForShop(o *order.Order, why order.Reason) error {
	if o.State == order.AwaitingGroup {
		g, _, err := w.seat(o)
		if err != nil {
			return err
		}
		if g.Due(w.now); g.State == group.Open {
			return fault.New(fault.OrderState, "state", string(o.State))
		}
		if done, err := w.takeOut(o, why, why); done || err != nil {
			return err
		}
	}
	switch o.State {
	case order.Confirmed, order.Paid:
		return w.cancel(o, why)
	case order.Cancelled:
		return nil
	}
	return fault.New(fault.OrderState, "state", string(o.State))
}
