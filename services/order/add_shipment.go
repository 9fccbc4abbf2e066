package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// AddShipment records a parcel that left, of lines of one merchant, once for a request id.
func (s *server) AddShipment(ctx context.Context, req *orderv1.AddShipmentRequest) (*orderv1.AddShipmentResponse, error) {
	who := caller.From(ctx)
	r, err := requestOf(who, "AddShipment", req)
	if err != nil {
		return nil, err
	}
	shipmentID := id.Derive("shp", r.CallerID, r.Method, r.RequestID)
	err = s.once(because(ctx, req.GetReason()), r, shipmentID, "add_shipment", needs{orders: []string{req.GetOrderId()}}, func(w *work) error {
		o, err := w.trade(req.GetOrderId(), merchantIn(who))
		if err != nil {
			return err
		}
		p := &order.Parcel{
			OrderID: o.OrderID, ShipmentID: shipmentID, State: order.ParcelShipped, Carrier: req.GetCarrier(),
			Tracking: req.GetTrackingNumber(), ShippedAt: w.now, Parts: partsOf(req.GetLines()),
		}
		if p.MerchantID, err = o.Parts(p.Parts, merchantIn(who)); err != nil {
			return err
		}
		return w.ship(o, p)
	})
	if err != nil {
		return nil, err
	}
	p, err := s.parcel(ctx, req.GetOrderId(), shipmentID)
	if err != nil {
		return nil, err
	}
	return &orderv1.AddShipmentResponse{Shipment: shipmentMessage(p)}, nil
}

func (w *work) ship(o *order.Order, p *order.Parcel) error {
	if err := o.Ship(p, w.now); err != nil {
		return err
	}
	if err := w.add(p.Write()); err != nil {
		return err
	}
	return w.addAll(p.WriteLines(o))
}

// parcel reads a parcel as it stands. NOT_FOUND when there is none.
func (s *server) parcel(ctx context.Context, orderID, shipmentID string) (*order.Parcel, error) {
	var found *order.Parcel
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		found, err = parcelIn(ctx, r, orderID, shipmentID)
		return err
	})
	return found, err
}

func parcelIn(ctx context.Context, r spandb.Reader, orderID, shipmentID string) (*order.Parcel, error) {
	parcels, err := order.Parcels(ctx, r, orderID)
	if err != nil {
		return nil, err
	}
	for _, p := range parcels {
		if p.ShipmentID == shipmentID {
			return p, nil
		}
	}
	return nil, fault.New(fault.NotFound)
}
