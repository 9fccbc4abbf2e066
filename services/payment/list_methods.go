package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/payment/internal/customer"
)

// maxMethods is how many saved methods are shown.
const maxMethods = 20

// ListMethods answers the caller's saved methods, newest first, as the provider has them. Who has never saved one has none.
func (s *paymentServer) ListMethods(ctx context.Context, _ *paymentv1.ListMethodsRequest) (*paymentv1.ListMethodsResponse, error) {
	out := &paymentv1.ListMethodsResponse{}
	cus, ok, err := customer.Get(ctx, s.db.Single(), caller.From(ctx).UserID)
	if err != nil || !ok || cus.ProviderID == "" {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	methods, err := s.provider.Methods(ctx, cus.ProviderID, maxMethods)
	if err != nil {
		return nil, providerFault(err)
	}
	for _, m := range methods {
		out.Methods = append(out.Methods, wireMethod(m))
	}
	return out, nil
}
