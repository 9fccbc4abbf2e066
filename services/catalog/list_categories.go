package main

import (
	"context"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/category"
)

// ListCategories answers the whole tree.
func (s *catalogServer) ListCategories(ctx context.Context, _ *catalogv1.ListCategoriesRequest) (*catalogv1.ListCategoriesResponse, error) {
	tree, err := category.Read(ctx, s.db)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListCategoriesResponse{}
	for _, c := range tree.Sorted() {
		res.Categories = append(res.Categories, fromCategory(c))
	}
	return res, tell(ctx, forAWhile, res)
}
