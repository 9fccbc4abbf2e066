package main

import (
	"context"
	"slices"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// rounds bounds how often a merge starts over because the guest's cart was filled again meanwhile, or because it first
// finished an earlier merge that died half-way.
const rounds = 3

// MergeGuestCart takes a guest's cart into the caller's. Holding the guest's token proves that it was the caller's.
func (s *cartServer) MergeGuestCart(ctx context.Context, req *cartv1.MergeGuestCartRequest) (*cartv1.MergeGuestCartResponse, error) {
	guest, err := s.verifier.User(ctx, req.GetGuestToken())
	if err != nil {
		return nil, err
	}
	if !guest.Guest {
		return nil, fault.New(fault.TokenInvalid)
	}
	owner := caller.From(ctx).UserID
	if guest.UserID == owner { // a guest who became a customer kept the id, and the cart
		return s.unmerged(ctx, owner)
	}
	account, left, err := s.merge(ctx, owner, guest.UserID)
	if err != nil {
		return nil, err
	}
	m, err := s.priced(ctx, account)
	if err != nil {
		return nil, err
	}
	return &cartv1.MergeGuestCartResponse{Cart: m, SkusLeftBehind: left}, nil
}

func (s *cartServer) unmerged(ctx context.Context, owner string) (*cartv1.MergeGuestCartResponse, error) {
	c, err := cart.Load(ctx, s.carts, owner)
	if err != nil {
		return nil, err
	}
	m, err := s.priced(ctx, c)
	if err != nil {
		return nil, err
	}
	return &cartv1.MergeGuestCartResponse{Cart: m}, nil
}

// merge writes the account's cart first, with a note of what it took, and then the guest's. Dying in between leaves the note,
// by which the next try knows that only the second half is missing. A repeat answers what the note says was left behind.
func (s *cartServer) merge(ctx context.Context, accountID, guestID string) (account cart.Cart, left []string, err error) {
	for range rounds {
		guest, err := cart.Load(ctx, s.carts, guestID)
		if err != nil {
			return account, nil, err
		}
		if account, err = s.take(ctx, accountID, guest); err != nil {
			return account, nil, err
		}
		note, ok := account.Merge(guestID)
		if !ok {
			break
		}
		left = append(left, note.LeftBehind...)
		if guest, err = s.give(ctx, guestID, note); err != nil {
			return account, nil, err
		}
		if len(guest.Lines) == 0 {
			break
		}
	}
	slices.Sort(left)
	return account, slices.Compact(left), nil
}

func (s *cartServer) take(ctx context.Context, accountID string, guest cart.Cart) (cart.Cart, error) {
	return cart.Change(ctx, s.carts, accountID, func(c *cart.Cart) (bool, error) { return c.Take(guest), nil })
}

func (s *cartServer) give(ctx context.Context, guestID string, note cart.Merge) (cart.Cart, error) {
	return cart.Change(ctx, s.carts, guestID, func(c *cart.Cart) (bool, error) { return c.Give(note), nil })
}
