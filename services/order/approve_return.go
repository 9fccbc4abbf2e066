package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// ApproveReturn lets the customer send the goods.
func (s *server) ApproveReturn(ctx context.Context, req *orderv1.ApproveReturnRequest) (*orderv1.ApproveReturnResponse, error) {
	back, err := s.moveReturn(because(ctx, req.GetReason()), "approve_return", req.GetOrderId(), req.GetReturnId(), order.ReturnApproved,
		func(*work, *order.Order, *order.Return) error { return nil })
	if err != nil {
		return nil, err
	}
	return &orderv1.ApproveReturnResponse{Return: returnMessage(back)}, nil
}

// moveReturn takes a return of the caller's lines to another state and does what goes with it; when it is there already,
// nothing.
func (s *server) moveReturn(ctx context.Context, tag, orderID, returnID string, to order.ReturnState, then func(*work, *order.Order, *order.Return) error) (*order.Return, error) {
	merchant := merchantIn(caller.From(ctx))
	var back *order.Return
	err := s.update(ctx, tag, needs{orders: []string{orderID}}, func(w *work) error {
		o, err := w.trade(orderID, merchant)
		if err != nil {
			return err
		}
		if back, err = returnIn(w.ctx, w.tx, orderID, returnID); err != nil {
			return err
		}
		if merchant != "" && back.MerchantID != merchant {
			return fault.New(fault.NotFound)
		}
		from := back.State
		if moved, err := back.Move(to, w.now); err != nil || !moved {
			return err
		}
		if err := then(w, o, back); err != nil {
			return err
		}
		return w.moved(back, from)
	})
	return back, err
}
