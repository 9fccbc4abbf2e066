package main

import (
	"context"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
)

// EraseUser deletes the customer's cart.
func (s *cartServer) EraseUser(ctx context.Context, req *cartv1.EraseUserRequest) (*cartv1.EraseUserResponse, error) {
	gone, err := s.carts.Delete(ctx, req.GetCustomerId())
	if err != nil || !gone {
		return &cartv1.EraseUserResponse{}, err
	}
	return &cartv1.EraseUserResponse{Erased: 1}, nil
}
