package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// AuthoriseOrder finishes a checkout whose request died between its two transactions. An order that is not
// PENDING_PAYMENT needs nothing. When payment does not answer, neither does this: the task comes again.
func (s *server) AuthoriseOrder(ctx context.Context, req *orderv1.AuthoriseOrderRequest) (*orderv1.AuthoriseOrderResponse, error) {
	o, ok, err := order.Read(ctx, s.db.Single(), req.GetOrderId())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	if o.State != order.PendingPayment {
		return &orderv1.AuthoriseOrderResponse{}, nil
	}
	res, err := s.ask(ctx, o)
	if err != nil {
		return nil, err
	}
	_, err = s.record(ctx, o, res)
	return &orderv1.AuthoriseOrderResponse{}, err
}
