package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// ReceiveReturn records that the goods of a return are back: on hand again, and their money and points go back.
func (s *server) ReceiveReturn(ctx context.Context, req *orderv1.ReceiveReturnRequest) (*orderv1.ReceiveReturnResponse, error) {
	refundID := id.Derive("rfd", req.GetReturnId())
	back, err := s.moveReturn(because(ctx, req.GetReason()), "receive_return", req.GetOrderId(), req.GetReturnId(), order.ReturnReceived,
		func(w *work, o *order.Order, r *order.Return) error {
			refund, err := o.TakeBack(refundID, r.Parts, w.now)
			if err != nil {
				return err
			}
			return w.giveBack(o, refund)
		})
	if err != nil {
		return nil, err
	}
	refund, err := s.refund(ctx, req.GetOrderId(), refundID)
	if err != nil {
		return nil, err
	}
	return &orderv1.ReceiveReturnResponse{Return: returnMessage(back), Refund: refund}, nil
}
