package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// GetCart answers the caller's cart at today's prices; an empty cart needs none.
func (s *cartServer) GetCart(ctx context.Context, _ *cartv1.GetCartRequest) (*cartv1.GetCartResponse, error) {
	c, err := s.carts.Load(ctx, caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	m, err := s.priced(ctx, c)
	if err != nil {
		return nil, err
	}
	return &cartv1.GetCartResponse{Cart: m}, nil
}

func (s *cartServer) priced(ctx context.Context, c cart.Cart) (*cartv1.Cart, error) {
	today, err := s.prices.of(ctx, c.SKUs()...)
	if err != nil {
		return nil, err
	}
	return wireCart(c, today)
}
