package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
)

// GetOrder answers an own order with its group as both stand.
func (s *server) GetOrder(ctx context.Context, req *orderv1.GetOrderRequest) (*orderv1.GetOrderResponse, error) {
	v, err := s.view(ctx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	if v.order.CustomerID != caller.From(ctx).UserID {
		return nil, fault.New(fault.NotFound)
	}
	res := &orderv1.GetOrderResponse{Order: orderMessage(v.order), ServerTime: timestamppb.New(v.now)}
	for _, p := range v.parcels {
		res.Shipments = append(res.Shipments, shipmentMessage(p))
	}
	for _, r := range v.returns {
		res.Returns = append(res.Returns, returnMessage(r))
	}
	if v.group != nil {
		res.Group = groupMessage(v.group)
		res.Invite = s.inviteOf(v)
	}
	return res, nil
}
