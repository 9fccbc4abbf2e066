package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// GetVariants answers the live ones of the SKUs, in one read.
func (s *catalogServer) GetVariants(ctx context.Context, req *catalogv1.GetVariantsRequest) (*catalogv1.GetVariantsResponse, error) {
	variants, at, err := product.Variants(ctx, s.db, req.GetSkus())
	if err != nil {
		return nil, err
	}
	res := &catalogv1.GetVariantsResponse{ReadTime: timestamppb.New(at)}
	for _, v := range variants {
		res.Variants = append(res.Variants, fromPriced(v, s.now()))
	}
	return res, nil
}
