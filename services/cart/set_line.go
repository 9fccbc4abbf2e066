package main

import (
	"context"
	"slices"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// SetLine asks catalog before it writes: for the new line, which must be for sale, and for the answer, which does without
// when something is taken out.
func (s *cartServer) SetLine(ctx context.Context, req *cartv1.SetLineRequest) (*cartv1.SetLineResponse, error) {
	var today variants
	var more int64 // units than before
	c, err := s.change(ctx, func(c *cart.Cart) (bool, error) {
		var err error
		if today, err = s.prices.of(ctx, including(c.SKUs(), req.GetSku())...); err != nil && req.GetQuantity() > 0 {
			return false, err
		}
		v, ok := today[req.GetSku()]
		if !ok && req.GetQuantity() > 0 {
			return false, fault.New(fault.NotFound)
		}
		more = int64(req.GetQuantity()) - c.Quantity(req.GetSku())
		return c.Set(cart.Line{
			SKU:      req.GetSku(),
			Quantity: int64(req.GetQuantity()),
			Price:    v.GetPrice().GetAmount(),
			Currency: v.GetPrice().GetCurrency(),
		})
	})
	if err != nil {
		return nil, err
	}
	s.tellAdded(ctx, c, req.GetSku(), more)
	m, err := wireCart(c, today)
	if err != nil {
		return nil, err
	}
	return &cartv1.SetLineResponse{Cart: m}, nil
}

func including(skus []string, sku string) []string {
	if slices.Contains(skus, sku) {
		return skus
	}
	return append(skus, sku)
}
