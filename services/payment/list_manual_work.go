package main

import (
	"cmp"
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/manual"
)

// ListManualWork answers what waits for an operator's decision.
func (s *paymentServer) ListManualWork(ctx context.Context, req *paymentv1.ListManualWorkRequest) (*paymentv1.ListManualWorkResponse, error) {
	if err := s.auditRead(ctx, "", req.GetReason()); err != nil {
		return nil, err
	}
	var open []manual.Work
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		open, err = manual.ListOpen(ctx, r, req.GetAfter(), cmp.Or(int(req.GetPageSize()), 50))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &paymentv1.ListManualWorkResponse{}
	for _, w := range open {
		out.Work = append(out.Work, wireWork(w))
	}
	return out, nil
}
