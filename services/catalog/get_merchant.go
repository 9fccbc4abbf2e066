package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/merchant"
)

// GetMerchant answers who sells.
func (s *catalogServer) GetMerchant(ctx context.Context, req *catalogv1.GetMerchantRequest) (*catalogv1.GetMerchantResponse, error) {
	m, ok, err := merchant.ByID(ctx, s.db, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	res := &catalogv1.GetMerchantResponse{Merchant: fromMerchant(m)}
	return res, tell(ctx, forAWhile, res)
}
