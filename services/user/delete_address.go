package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
)

// DeleteAddress takes an address out of the caller's book; one that is not there is gone already.
func (s *userServer) DeleteAddress(ctx context.Context, req *userv1.DeleteAddressRequest) (*userv1.DeleteAddressResponse, error) {
	book, err := address.Of(ctx, s.db, caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	if !book.Remove(req.GetAddressId()) {
		return &userv1.DeleteAddressResponse{}, nil
	}
	book.UpdatedAt = s.now()
	if err := firedb.Commit(ctx, s.db, book.Put(s.db)); err != nil {
		return nil, err
	}
	return &userv1.DeleteAddressResponse{}, nil
}
