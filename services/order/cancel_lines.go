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

// CancelLines takes units off an order that will not be shipped, once for a request id: their stock is free again, and
// their money and points go back.
func (s *server) CancelLines(ctx context.Context, req *orderv1.CancelLinesRequest) (*orderv1.CancelLinesResponse, error) {
	who := caller.From(ctx)
	r, err := requestOf(who, "CancelLines", req)
	if err != nil {
		return nil, err
	}
	refundID := id.Derive("rfd", r.CallerID, r.Method, r.RequestID)
	err = s.once(because(ctx, req.GetReason()), r, refundID, "cancel_lines", needs{orders: []string{req.GetOrderId()}}, func(w *work) error {
		o, err := w.trade(req.GetOrderId(), merchantIn(who))
		if err != nil {
			return err
		}
		parts := partsOf(req.GetLines())
		if _, err := o.Parts(parts, merchantIn(who)); err != nil {
			return err
		}
		back, err := o.CancelLines(refundID, parts, w.now)
		if err != nil {
			return err
		}
		return w.giveBack(o, back)
	})
	if err != nil {
		return nil, err
	}
	back, err := s.refund(ctx, req.GetOrderId(), refundID)
	if err != nil {
		return nil, err
	}
	return &orderv1.CancelLinesResponse{Refund: back}, nil
}

// refund reads what went back under an id. NOT_FOUND when nothing did.
func (s *server) refund(ctx context.Context, orderID, refundID string) (m *orderv1.Refund, err error) {
	err = s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		o, _, err := order.Read(ctx, r, orderID)
		if err != nil {
			return err
		}
		back, err := order.RefundOf(ctx, r, orderID, refundID)
		if err != nil {
			return err
		}
		if back == nil {
			return fault.New(fault.NotFound)
		}
		m = refundMessage(back, o.Currency)
		return nil
	})
	return m, err
}
