package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// MarkDelivered records that a parcel has arrived. A repeat answers it as it stands.
func (s *server) MarkDelivered(ctx context.Context, req *orderv1.MarkDeliveredRequest) (*orderv1.MarkDeliveredResponse, error) {
	merchant := merchantIn(caller.From(ctx))
	var arrived *order.Parcel
	err := s.update(because(ctx, req.GetReason()), "mark_delivered", needs{orders: []string{req.GetOrderId()}}, func(w *work) error {
		o, err := w.trade(req.GetOrderId(), merchant)
		if err != nil {
			return err
		}
		if arrived, err = parcelIn(w.ctx, w.tx, o.OrderID, req.GetShipmentId()); err != nil {
			return err
		}
		if merchant != "" && arrived.MerchantID != merchant {
			return fault.New(fault.NotFound)
		}
		if !arrived.Arrive(w.now) {
			return nil
		}
		o.Deliver(w.now)
		return w.add(arrived.Write())
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.MarkDeliveredResponse{Shipment: shipmentMessage(arrived)}, nil
}
