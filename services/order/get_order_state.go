package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/services/order/internal/order"
)

// GetOrderState answers where an order stands; UNSPECIFIED when there is none.
func (s *server) GetOrderState(ctx context.Context, req *orderv1.GetOrderStateRequest) (*orderv1.GetOrderStateResponse, error) {
	o, ok, err := order.Read(ctx, s.db.Single(), req.GetOrderId())
	if err != nil || !ok {
		return &orderv1.GetOrderStateResponse{}, err
	}
	return &orderv1.GetOrderStateResponse{State: orderState(o.State)}, nil
}
