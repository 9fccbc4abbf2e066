package main

import (
	"testing"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
)

// balances are debits less credits by account; over all accounts they are nothing.
func (x *shop) balances() map[string]int64 {
	x.Helper()
	res, err := x.operator().GetTrialBalance(x.Context(), &paymentv1.GetTrialBalanceRequest{Reason: "month's end"})
	if err != nil {
		x.Fatal(err)
	}
	got, sum := map[string]int64{}, int64(0)
	for _, a := range res.GetAccounts() {
		got[a.GetAccount()] = a.GetDebit().GetAmount() - a.GetCredit().GetAmount()
		sum += got[a.GetAccount()]
	}
	if sum != 0 {
		x.Errorf("the ledger is out of balance by %d: %v", sum, got)
	}
	return got
}

func TestGetTrialBalance(t *testing.T) {
	x := open(t)
	if got := x.balances(); len(got) != 0 {
		t.Errorf("balances of nothing: %v", got)
	}
	x.captured("pm_card_visa")
	if got := x.balances(); got["provider"] != total || got["orders"] != -total {
		t.Errorf("balances: %v", got)
	}
}
