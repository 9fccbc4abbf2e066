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

// RequestReturn asks to give goods of an own order back, once for a request id.
func (s *server) RequestReturn(ctx context.Context, req *orderv1.RequestReturnRequest) (*orderv1.RequestReturnResponse, error) {
	who := caller.From(ctx)
	r, err := requestOf(who, "RequestReturn", req)
	if err != nil {
		return nil, err
	}
	returnID := id.Derive("ret", r.CallerID, r.Method, r.RequestID)
	err = s.once(ctx, r, returnID, "request_return", needs{orders: []string{req.GetOrderId()}}, func(w *work) error {
		o, err := w.order(req.GetOrderId())
		if err != nil {
			return err
		}
		if o.CustomerID != who.UserID {
			return fault.New(fault.NotFound)
		}
		return w.openReturn(o, &order.Return{OrderID: o.OrderID, ReturnID: returnID, Reason: req.GetReason(), Parts: partsOf(req.GetLines())})
	})
	if err != nil {
		return nil, err
	}
	var back *order.Return
	err = s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		back, err = returnIn(ctx, r, req.GetOrderId(), returnID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.RequestReturnResponse{Return: returnMessage(back)}, nil
}

func (w *work) openReturn(o *order.Order, r *order.Return) (err error) {
	if r.MerchantID, err = o.Parts(r.Parts, ""); err != nil {
		return err
	}
	if err := o.OpenReturn(r.Parts, w.now); err != nil {
		return err
	}
	if _, err := r.Move(order.ReturnRequested, w.now); err != nil {
		return err
	}
	if err := w.moved(r, ""); err != nil {
		return err
	}
	return w.addAll(r.WriteLines(o))
}

func returnIn(ctx context.Context, r spandb.Reader, orderID, returnID string) (*order.Return, error) {
	returns, err := order.Returns(ctx, r, orderID)
	if err != nil {
		return nil, err
	}
	for _, back := range returns {
		if back.ReturnID == returnID {
			return back, nil
		}
	}
	return nil, fault.New(fault.NotFound)
}
