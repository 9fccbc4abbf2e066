package main

import (
	"context"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/request"
)

// EraseUser first looks whether all of the customer's orders are over, and only then takes off them what tells whose they
// were: the address, and the words of returns. Each batch is a transaction of its own; a repeat finds it done. The audit holds no
// address.
func (s *server) EraseUser(ctx context.Context, req *orderv1.EraseUserRequest) (*orderv1.EraseUserResponse, error) {
	res := &orderv1.EraseUserResponse{}
	var all [][]string
	err := s.eachPage(ctx, req.GetCustomerId(), func(orders []*order.Order) error {
		var ids []string
		for _, o := range orders {
			if o.State != order.Cancelled && o.State != order.Completed {
				return fault.New(fault.OrderState, "state", string(o.State), "order_id", o.OrderID)
			}
			if o.Named() {
				ids = append(ids, o.OrderID)
			}
		}
		all = append(all, ids)
		res.Kept += int64(len(orders))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, ids := range all {
		if err := s.eraseNames(ctx, ids); err != nil {
			return nil, err
		}
		res.Erased += int64(len(ids))
	}
	return res, s.db.Apply(ctx, "erase_requests", []*spanner.Mutation{request.Forget(req.GetCustomerId())})
}

// eachPage calls fn with all of a customer's orders, page by page.
func (s *server) eachPage(ctx context.Context, customer string, fn func([]*order.Order) error) error {
	var from order.Cursor
	for {
		var orders []*order.Order
		err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
			orders, err = order.List(ctx, r, customer, from, exportPage)
			return err
		})
		if err != nil || len(orders) == 0 {
			return err
		}
		if err := fn(orders); err != nil {
			return err
		}
		last := orders[len(orders)-1]
		from = order.Cursor{CreatedAt: last.CreatedAt, OrderID: last.OrderID}
	}
}

func (s *server) eraseNames(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := s.db.Update(ctx, "erase_user", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		orders, err := order.ReadAll(ctx, tx, ids)
		if err != nil {
			return err
		}
		var ms []*spanner.Mutation
		for _, o := range orders {
			o.Unname()
			m, err := o.Write()
			if err != nil {
				return err
			}
			ms = append(ms, m)
		}
		for _, id := range ids {
			returns, err := order.Returns(ctx, tx, id)
			if err != nil {
				return err
			}
			for _, r := range returns {
				ms = append(ms, r.ForgetReason())
			}
		}
		return tx.BufferWrite(ms)
	})
	return err
}
