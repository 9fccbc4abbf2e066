package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// ListProducts pages live products by id: a product that changes between two pages is neither lost nor shown twice.
func (s *catalogServer) ListProducts(ctx context.Context, req *catalogv1.ListProductsRequest) (*catalogv1.ListProductsResponse, error) {
	who, now := caller.From(ctx), s.now()
	scope := []string{who.UserID, who.Method, req.GetCategoryId()}
	after, err := s.pages.Open(req.GetPageToken(), scope...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	found, err := s.lists.get(ctx, listKey{req.GetCategoryId(), after, size + 1}) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListProductsResponse{}
	if len(found) > size {
		found = found[:size]
		res.NextPageToken = s.pages.Seal(found[size-1].ID, scope...)
	}
	for _, p := range found {
		res.Products = append(res.Products, shown(s.fromProduct(p), now))
	}
	return res, tell(ctx, forASecond, &catalogv1.ListProductsResponse{Products: res.Products})
}
