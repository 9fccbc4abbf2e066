package main

import (
	"context"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/payment/internal/customer"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// RemoveMethod takes a saved method off the caller's list; again, it changes nothing. Somebody else's and an absent one are
// NOT_FOUND alike.
func (s *paymentServer) RemoveMethod(ctx context.Context, req *paymentv1.RemoveMethodRequest) (*paymentv1.RemoveMethodResponse, error) {
	cus, ok, err := customer.Get(ctx, s.db.Single(), caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	if !ok || cus.ProviderID == "" {
		return nil, fault.New(fault.NotFound)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.removeMethod(ctx, cus, req.GetMethodId()); err != nil {
		return nil, err
	}
	return &paymentv1.RemoveMethodResponse{}, nil
}

func (s *paymentServer) removeMethod(ctx context.Context, cus customer.Customer, methodID string) error {
	m, err := s.provider.Method(ctx, methodID)
	switch {
	case err == nil && m.CustomerID == cus.ProviderID:
		return s.detach(ctx, cus.UserID, methodID)
	case err != nil && provider.KindOf(err) != provider.Refused:
		return providerFault(err)
	}
	again, err := customer.HasRemoved(ctx, s.db.Single(), cus.UserID, methodID)
	if err == nil && !again {
		err = fault.New(fault.NotFound)
	}
	return err
}

// detach writes down whose method it was before the provider forgets it.
func (s *paymentServer) detach(ctx context.Context, userID, methodID string) error {
	m, err := customer.Remove(userID, methodID)
	if err != nil {
		return err
	}
	if err := s.db.Apply(ctx, "remove_method", []*spanner.Mutation{m}); err != nil {
		return err
	}
	if err := s.provider.RemoveMethod(ctx, methodID); err != nil {
		return providerFault(err)
	}
	return nil
}
