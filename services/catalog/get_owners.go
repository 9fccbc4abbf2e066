package main

import (
	"context"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// GetOwners answers whose the SKUs are, on sale or not, in one read.
func (s *catalogServer) GetOwners(ctx context.Context, req *catalogv1.GetOwnersRequest) (*catalogv1.GetOwnersResponse, error) {
	made, _, err := product.Made(ctx, s.db, req.GetSkus())
	if err != nil {
		return nil, err
	}
	res := &catalogv1.GetOwnersResponse{}
	for _, v := range made {
		res.Owners = append(res.Owners, &catalogv1.Owner{Sku: v.SKU, MerchantId: v.MerchantID})
	}
	return res, nil
}
