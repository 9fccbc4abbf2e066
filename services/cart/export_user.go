package main

import (
	"context"
	"encoding/json"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// ExportUser answers the customer's cart, on one page.
func (s *cartServer) ExportUser(ctx context.Context, req *cartv1.ExportUserRequest) (*cartv1.ExportUserResponse, error) {
	c, err := s.carts.Load(ctx, req.GetCustomerId())
	if err != nil || c.Version == 0 {
		return &cartv1.ExportUserResponse{}, err
	}
	data, err := json.Marshal(c.Shown())
	if err != nil {
		return nil, err
	}
	return &cartv1.ExportUserResponse{Records: []*typev1.UserRecord{{Kind: "cart", Json: string(data)}}}, nil
}
