package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// RejectReturn ends a return that was not received; its units can be asked for again.
func (s *server) RejectReturn(ctx context.Context, req *orderv1.RejectReturnRequest) (*orderv1.RejectReturnResponse, error) {
	back, err := s.moveReturn(because(ctx, req.GetReason()), "reject_return", req.GetOrderId(), req.GetReturnId(), order.ReturnRejected,
		func(w *work, o *order.Order, r *order.Return) error { return o.DropReturn(r.Parts, w.now) })
	if err != nil {
		return nil, err
	}
	return &orderv1.RejectReturnResponse{Return: returnMessage(back)}, nil
}
