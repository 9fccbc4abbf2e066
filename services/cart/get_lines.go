package main

import (
	"context"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
)

// GetLines answers the cart as stored: order asks catalog for prices itself.
func (s *cartServer) GetLines(ctx context.Context, req *cartv1.GetLinesRequest) (*cartv1.GetLinesResponse, error) {
	c, err := s.carts.Load(ctx, req.GetCustomerId())
	if err != nil {
		return nil, err
	}
	res := &cartv1.GetLinesResponse{Version: c.Version}
	for _, l := range c.Lines {
		res.Lines = append(res.Lines, &cartv1.Line{
			Sku:                l.SKU,
			Quantity:           int32(l.Quantity),
			UnitPriceWhenAdded: wireMoney(l.Price, l.Currency),
		})
	}
	return res, nil
}
