package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/payment/internal/customer"
)

// EraseUser takes all saved methods off the provider, whatever it is told of them, and then forgets who the customer is
// there. Payments and ledger are kept. It waits while money is on its way.
func (s *paymentServer) EraseUser(ctx context.Context, req *paymentv1.EraseUserRequest) (*paymentv1.EraseUserResponse, error) {
	res := &paymentv1.EraseUserResponse{}
	for after, more := "", true; more; {
		payments, err := s.paymentsOf(ctx, req.GetCustomerId(), after)
		if err != nil {
			return nil, err
		}
		for _, p := range payments {
			if !p.Rests() {
				return nil, fault.New(fault.OrderState, "state", string(p.State), "order_id", p.OrderID)
			}
			after = p.ID
		}
		res.Kept += int64(len(payments))
		more = len(payments) == exportPage
	}
	removed, err := s.detachAll(ctx, req.GetCustomerId())
	if err != nil {
		return nil, err
	}
	res.Erased = removed
	return res, s.db.Apply(ctx, "erase_user", customer.Erase(req.GetCustomerId()))
}

// detachAll answers how many methods it took off. The provider shows the newest ones, so it asks until none is left.
func (s *paymentServer) detachAll(ctx context.Context, userID string) (int64, error) {
	cus, ok, err := customer.Get(ctx, s.db.Single(), userID)
	if err != nil || !ok || cus.ProviderID == "" {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for removed := int64(0); ; {
		methods, err := s.provider.Methods(ctx, cus.ProviderID, maxMethods)
		if err != nil {
			return removed, providerFault(err)
		}
		if len(methods) == 0 {
			return removed, nil
		}
		for _, m := range methods {
			if err := s.detach(ctx, userID, m.ID); err != nil {
				return removed, err
			}
			removed++
		}
	}
}
