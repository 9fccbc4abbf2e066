package main

import (
	"context"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// view is an order with its group, read at one moment.
type view struct {
	order *order.Order
	group *group.Group // nil when bought alone
	now   time.Time

	parcels []*order.Parcel // once something was shipped
	returns []*order.Return
}

// view reads an order as it stands. NOT_FOUND when there is none.
func (s *server) view(ctx context.Context, orderID string) (v view, err error) {
	err = s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		var ok bool
		if v.order, ok, err = order.Read(ctx, r, orderID); err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound)
		}
		if err := v.shipped(ctx, r); err != nil || v.order.Solo() {
			return err
		}
		v.group, _, err = group.Read(ctx, r, v.order.GroupID)
		return err
	})
	v.now = s.clock.Now()
	return v, err
}

// inviteOf is the invite that an order's customer can share: nil before the order is authorised and once nobody can join.
func (s *server) inviteOf(v view) *orderv1.Invite {
	if v.order.State == order.PendingPayment || v.order.State == order.Cancelled {
		return nil
	}
	return s.inviteMessage(v.group, v.order.CustomerID, v.now)
}

// shipped reads what belongs to an order of which something was shipped.
func (v *view) shipped(ctx context.Context, r spandb.Reader) (err error) {
	switch v.order.State {
	case order.PartlyShipped, order.Shipped, order.Delivered, order.Completed:
	default:
		return nil
	}
	if v.parcels, err = order.Parcels(ctx, r, v.order.OrderID); err != nil {
		return err
	}
	v.returns, err = order.Returns(ctx, r, v.order.OrderID)
	return err
}
