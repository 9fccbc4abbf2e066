package main

import (
	"context"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// RemoveSaved forgets a saved line; one that is not there is gone already.
func (s *cartServer) RemoveSaved(ctx context.Context, req *cartv1.RemoveSavedRequest) (*cartv1.RemoveSavedResponse, error) {
	c, err := s.change(ctx, func(c *cart.Cart) (bool, error) { return c.Forget(req.GetSku()), nil })
	if err != nil {
		return nil, err
	}
	m, err := s.priced(ctx, c)
	if err != nil {
		return nil, err
	}
	return &cartv1.RemoveSavedResponse{Cart: m}, nil
}
