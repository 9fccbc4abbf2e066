package main

import (
	"context"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// MoveToCart moves a saved line back.
func (s *cartServer) MoveToCart(ctx context.Context, req *cartv1.MoveToCartRequest) (*cartv1.MoveToCartResponse, error) {
	c, err := s.change(ctx, func(c *cart.Cart) (bool, error) { return c.Unsave(req.GetSku()) })
	if err != nil {
		return nil, err
	}
	m, err := s.priced(ctx, c)
	if err != nil {
		return nil, err
	}
	return &cartv1.MoveToCartResponse{Cart: m}, nil
}
