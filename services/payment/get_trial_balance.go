package main

import (
	"context"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/payment/internal/ledger"
)

// GetTrialBalance adds the ledger up as it stands.
func (s *paymentServer) GetTrialBalance(ctx context.Context, req *paymentv1.GetTrialBalanceRequest) (*paymentv1.GetTrialBalanceResponse, error) {
	if err := s.auditRead(ctx, "", req.GetReason()); err != nil {
		return nil, err
	}
	balances, err := ledger.TrialBalance(ctx, s.db.Single())
	if err != nil {
		return nil, err
	}
	out := &paymentv1.GetTrialBalanceResponse{}
	for _, b := range balances {
		out.Accounts = append(out.Accounts, &paymentv1.AccountBalance{
			Account: b.Account,
			Debit:   &typev1.Money{Amount: b.Debit, Currency: b.Currency},
			Credit:  &typev1.Money{Amount: b.Credit, Currency: b.Currency},
		})
	}
	return out, nil
}
