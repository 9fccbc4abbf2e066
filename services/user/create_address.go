package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
)

// CreateAddress adds an address to the caller's book. Its id is derived from the request's, so that a repeat meets what
// it made before, or NOT_FOUND when that was deleted since.
func (s *userServer) CreateAddress(ctx context.Context, req *userv1.CreateAddressRequest) (*userv1.CreateAddressResponse, error) {
	who, now := caller.From(ctx), s.now()
	request, err := firedb.NewRequest(who, req, now)
	if err != nil {
		return nil, err
	}
	seen, err := request.Seen(ctx, s.db)
	if err != nil {
		return nil, err
	}
	book, err := address.Of(ctx, s.db, who.UserID)
	if err != nil {
		return nil, err
	}
	if made, ok := book.Find(request.ID("adr")); ok {
		return &userv1.CreateAddressResponse{Address: fromAddress(made)}, nil
	}
	if seen {
		return nil, fault.New(fault.NotFound)
	}
	a := addressOf(req.GetAddress())
	a.ID, book.UpdatedAt = request.ID("adr"), now
	a, err = book.Add(a)
	if err != nil {
		return nil, err
	}
	err = firedb.Commit(ctx, s.db, book.Put(s.db), request.Write(s.db))
	if firedb.Exists(err) { // the same request, or the caller's first address by another
		return nil, fault.New(fault.RequestInFlight).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &userv1.CreateAddressResponse{Address: fromAddress(a)}, nil
}
