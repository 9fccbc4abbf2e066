package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
)

// GetAddress answers one address for the copy that an order keeps. An id out of another customer's book is NOT_FOUND.
func (s *userServer) GetAddress(ctx context.Context, req *userv1.GetAddressRequest) (*userv1.GetAddressResponse, error) {
	book, err := address.Of(ctx, s.db, req.GetCustomerId())
	if err != nil {
		return nil, err
	}
	a, ok := book.Find(req.GetAddressId())
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	return &userv1.GetAddressResponse{Address: fromPostal(a)}, nil
}
