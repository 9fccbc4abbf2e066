package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
)

// AdvancePayment is the task behind captures, voids, refunds, unknown outcomes and the provider's hints. Early, late or
// twice, it does what the row waits for and nothing else.
func (s *paymentServer) AdvancePayment(ctx context.Context, req *paymentv1.AdvancePaymentRequest) (*paymentv1.AdvancePaymentResponse, error) {
	if err := s.advance(ctx, req.GetPaymentId()); err != nil {
		return nil, err
	}
	return &paymentv1.AdvancePaymentResponse{}, nil
}
