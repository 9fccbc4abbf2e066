package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJournals(t *testing.T) {
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	of := Of{PaymentID: "pay_1", OrderID: "ord_1", Currency: "JPY", At: at}
	tests := []struct {
		name string
		got  Journal
		want Journal
	}{
		{
			"capture", of.Capture(1980),
			Journal{ID: "capture/pay_1", Kind: "CAPTURE", PaymentID: "pay_1", OrderID: "ord_1", BookedAt: at, Entries: []Entry{
				{"capture/pay_1", 1, Provider, Debit, 1980, "JPY"},
				{"capture/pay_1", 2, Orders, Credit, 1980, "JPY"},
			}},
		},
		{
			"refund", of.Refund("rfd_1", "re_1", 980),
			Journal{ID: "refund/rfd_1/re_1", Kind: "REFUND", PaymentID: "pay_1", OrderID: "ord_1", BookedAt: at, Entries: []Entry{
				{"refund/rfd_1/re_1", 1, Orders, Debit, 980, "JPY"},
				{"refund/rfd_1/re_1", 2, Provider, Credit, 980, "JPY"},
			}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.got); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInsert(t *testing.T) {
	of := Of{PaymentID: "pay_1", OrderID: "ord_1", Currency: "JPY", At: time.Unix(0, 0)}
	ms, err := Insert(of.Capture(2), of.Outside("rfd_1", 1))
	if err != nil || len(ms) != 7 {
		t.Errorf("Insert = %d mutations, %v; want 7 (two journals of two entries, and the capture is to be settled)", len(ms), err)
	}
}

// Whatever is booked, debits are credits, and what it adds to the provider's debt is told.
func TestOwed(t *testing.T) {
	of := Of{PaymentID: "pay_1", OrderID: "ord_1", Currency: "JPY"}
	for _, tt := range []struct {
		got  Journal
		want int64
	}{
		{of.Capture(5), 5},
		{of.Refund("rfd_1", "re_1", 5), -5},
		{of.RefundFailed("re_1", 5), 5},
		{of.Outside("rfd_1", 5), 0},
		{of.Dispute("du_1", 5), -5},
		{of.DisputeWon("du_1", 5), 5},
		{of.DisputeLost("du_1", 5), 0},
		{of.Fees("po_1", 5), -5},
		{of.Payout("po_1", 5), -5},
		{of.Payout("po_1", -5), 5},
		{of.Difference("txn_1", -5), -5},
	} {
		if amount, _ := tt.got.Owed(); amount != tt.want {
			t.Errorf("%s adds %d, want %d", tt.got.ID, amount, tt.want)
		}
		sum := int64(0)
		for _, e := range tt.got.Entries {
			if sum += e.Amount; e.Side == Credit {
				sum -= 2 * e.Amount
			}
			if e.Amount <= 0 {
				t.Errorf("%s has an entry of %d", tt.got.ID, e.Amount)
			}
		}
		if sum != 0 {
			t.Errorf("%s is out of balance by %d", tt.got.ID, sum)
		}
	}
}
