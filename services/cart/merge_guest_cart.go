package main

import (
	"context"
	"slices"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// rounds bounds how often a merge starts over because it first had to finish another one, or because the guest's cart was
// filled again meanwhile.
const rounds = 4

// MergeGuestCart takes a guest's cart into the caller's. Holding the guest's token proves that it was the caller's.
func (s *cartServer) MergeGuestCart(ctx context.Context, req *cartv1.MergeGuestCartRequest) (*cartv1.MergeGuestCartResponse, error) {
	guest, err := s.verifier.User(ctx, req.GetGuestToken())
	if err != nil {
		return nil, err
	}
	owner := caller.From(ctx).UserID
	if !guest.Guest {
		return nil, fault.New(fault.TokenInvalid)
	}
	if guest.UserID != owner { // else a guest who became a customer kept the id, and the cart
		if err := s.merge(ctx, guest.UserID, owner); err != nil {
			return nil, err
		}
	}
	account, err := s.change(ctx, func(*cart.Cart) (bool, error) { return false, nil }) // but its expiry is lifted
	if err != nil {
		return nil, err
	}
	m, err := s.priced(ctx, account)
	if err != nil {
		return nil, err
	}
	note, _ := account.Merge(guest.UserID)
	return &cartv1.MergeGuestCartResponse{Cart: m, SkusLeftBehind: sorted(note.LeftBehind), SkusCapped: sorted(note.Capped)}, nil
}

func sorted(skus []string) []string { return slices.Sorted(slices.Values(skus)) }

// merge claims the guest's lines for the account and brings them in. A claim that it meets, by an earlier try or by another
// account, it finishes first.
func (s *cartServer) merge(ctx context.Context, guestID, accountID string) error {
	for range rounds {
		guest, err := s.carts.Change(ctx, guestID, func(c *cart.Cart) (bool, error) { return c.ClaimFor(accountID, s.clock.Now()), nil })
		if err != nil || guest.Claim == nil {
			return err
		}
		if err := s.settle(ctx, guestID, *guest.Claim); err != nil {
			return err
		}
	}
	return nil
}

// settle brings a claim into the account that it names, and ends it. Both are no-ops when done before.
func (s *cartServer) settle(ctx context.Context, guestID string, claim cart.Claim) error {
	_, err := s.carts.Change(ctx, claim.Account, func(c *cart.Cart) (bool, error) { return c.Take(guestID, claim), nil })
	if err != nil {
		return err
	}
	_, err = s.carts.Change(ctx, guestID, func(c *cart.Cart) (bool, error) { return c.Release(claim), nil })
	return err
}
