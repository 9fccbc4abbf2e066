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
	res := &catalogv1.GetProductViewsResponse{}
	for _, v := range known(req.GetProductIds(), found) {
		res.Views = append(res.Views, fromView(v, s.now(), s.gallery.url))
	}
	return res, nil
}
