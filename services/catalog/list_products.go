package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/page"
)

// ListProducts pages live products by id: a product that changes between two pages is neither lost nor shown twice.
func (s *catalogServer) ListProducts(ctx context.Context, req *catalogv1.ListProductsRequest) (*catalogv1.ListProductsResponse, error) {
	who, now := caller.From(ctx), s.now()
	scope := []string{who.UserID, who.Method, req.GetCategoryId()}
	after, err := page.OpenJSON[string](s.pages, req.GetPageToken(), scope...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	found, err := s.lists.get(ctx, listKey{req.GetCategoryId(), after, size + 1}) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListProductsResponse{}
	res.Products, res.NextPageToken = page.Cut(s.pages, found, size, (*catalogv1.Product).GetProductId, scope...)
	for _, p := range res.Products {
		shown(p, now)
	}
	content := &catalogv1.ListProductsResponse{Products: res.Products}
	if res.NextPageToken != "" {
		content.NextPageToken = "more" // the token itself is another one each time
	}
	return res, tell(ctx, forASecond, content)
}
