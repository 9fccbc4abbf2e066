package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// GetPayment answers an order's payment and everything that happened to it, read at one moment.
func (s *paymentServer) GetPayment(ctx context.Context, req *paymentv1.GetPaymentRequest) (*paymentv1.GetPaymentResponse, error) {
	if err := s.auditRead(ctx, req.GetOrderId(), req.GetReason()); err != nil {
		return nil, err
	}
	out := &paymentv1.GetPaymentResponse{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		known, ok, err := payment.OfOrder(ctx, r, req.GetOrderId())
		if err == nil && !ok {
			err = fault.New(fault.NotFound)
		}
		if err != nil {
			return err
		}
		c, _, err := payment.Load(ctx, r, known, s.clock.Now())
		if err != nil {
			return err
		}
		moments, err := payment.Timeline(ctx, r, c)
		if err != nil {
			return err
		}
		out = wirePayment(c.Payment, moments)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func wirePayment(p payment.Payment, moments []payment.Moment) *paymentv1.GetPaymentResponse {
	out := &paymentv1.GetPaymentResponse{
		PaymentId: p.ID, OrderId: p.OrderID, CustomerId: p.CustomerID, State: wireState(p.State), Version: p.Version,
		Amount: wireMoney(p.Amount, p), Authorised: wireMoney(p.Authorised, p), Captured: wireMoney(p.Captured, p), Refunded: wireMoney(p.Refunded, p),
	}
	if p.CaptureBefore.Valid {
		out.CaptureBefore = timestamppb.New(p.CaptureBefore.Time)
	}
	for _, m := range moments {
		w := &paymentv1.PaymentMoment{
			Time: timestamppb.New(m.At), Kind: m.Kind, What: m.What, Reason: m.Reason, Actor: m.Actor, ObjectId: m.ObjectID,
		}
		if m.Kind != payment.Transition {
			w.Amount = wireMoney(m.Amount, p)
		}
		out.Timeline = append(out.Timeline, w)
	}
	return out
}
