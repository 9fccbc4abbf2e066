package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
)

// UpdateAddress replaces an address of the caller's.
func (s *userServer) UpdateAddress(ctx context.Context, req *userv1.UpdateAddressRequest) (*userv1.UpdateAddressResponse, error) {
	book, err := address.Of(ctx, s.db, caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	a, err := book.Change(addressOf(req.GetAddress()), req.GetAddress().GetEtag())
	if err != nil {
		return nil, err
	}
	book.UpdatedAt = s.now()
	if err := firedb.Commit(ctx, s.db, book.Put(s.db)); err != nil {
		return nil, err
	}
	return &userv1.UpdateAddressResponse{Address: fromAddress(a)}, nil
}
