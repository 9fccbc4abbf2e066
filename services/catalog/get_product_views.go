package main

import (
	"context"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// GetProductViews answers what there is to show of the live products among those asked for, from the store.
func (s *catalogServer) GetProductViews(ctx context.Context, req *catalogv1.GetProductViewsRequest) (*catalogv1.GetProductViewsResponse, error) {
	found, err := s.views(ctx, req.GetProductIds())
	if err != nil {
		return nil, err
	}
	return &catalogv1.GetProductViewsResponse{Views: known(req.GetProductIds(), found)}, nil
}
