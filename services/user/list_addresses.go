package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
)

// ListAddresses answers the caller's book, the default first.
func (s *userServer) ListAddresses(ctx context.Context, _ *userv1.ListAddressesRequest) (*userv1.ListAddressesResponse, error) {
	book, err := address.Of(ctx, s.db, caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	res := &userv1.ListAddressesResponse{}
	for _, a := range book.Listed() {
		res.Addresses = append(res.Addresses, fromAddress(a))
	}
	return res, nil
}
