package main

import (
	"context"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// SaveForLater moves a line out of what a checkout buys.
func (s *cartServer) SaveForLater(ctx context.Context, req *cartv1.SaveForLaterRequest) (*cartv1.SaveForLaterResponse, error) {
	c, err := s.change(ctx, func(c *cart.Cart) (bool, error) { return c.Save(req.GetSku()) })
	if err != nil {
		return nil, err
	}
	m, err := s.priced(ctx, c)
	if err != nil {
		return nil, err
	}
	return &cartv1.SaveForLaterResponse{Cart: m}, nil
}
