package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// Verify checks what payment's tables can tell of the invariants, in one snapshot. I5 and I8 hold when nothing is under way.
func (s *paymentServer) Verify(ctx context.Context, _ *paymentv1.VerifyRequest) (*paymentv1.VerifyResponse, error) {
	out := &paymentv1.VerifyResponse{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		now, err := spandb.Now(ctx, r, s.clock)
		if err != nil {
			return err
		}
		for _, c := range payment.Checks {
			checked, violations, lines, err := c.Run(ctx, r, now)
			if err != nil {
				return err
			}
			out.Findings = append(out.Findings, &typev1.Finding{
				Invariant: c.Invariant, Checked: checked, ViolationCount: violations, Violations: lines,
			})
		}
		return nil
	})
	return out, err
}
