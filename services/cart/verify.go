package main

import (
	"context"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// told is how many violations are answered in words.
const told = 20

// Verify looks at every cart.
func (s *cartServer) Verify(ctx context.Context, _ *cartv1.VerifyRequest) (*cartv1.VerifyResponse, error) {
	f := &typev1.Finding{Invariant: "I16 carts"}
	err := s.carts.Each(ctx, func(ref string, c cart.Cart) {
		f.Checked++
		for _, v := range c.Violations(ref) {
			f.ViolationCount++
			if len(f.Violations) < told {
				f.Violations = append(f.Violations, v)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return &cartv1.VerifyResponse{Findings: []*typev1.Finding{f}}, nil
}
