package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJournals(t *testing.T) {
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		got  Journal
		want Journal
	}{
		{
			"capture", Capture("pay_1", "ord_1", 1980, "JPY", at),
			Journal{ID: "capture/pay_1", Kind: "CAPTURE", PaymentID: "pay_1", OrderID: "ord_1", BookedAt: at, Entries: []Entry{
				{"capture/pay_1", 1, Provider, Debit, 1980, "JPY"},
				{"capture/pay_1", 2, Orders, Credit, 1980, "JPY"},
			}},
		},
		{
			"refund", Refund("rfd_1", "pay_1", "ord_1", 980, "JPY", at),
			Journal{ID: "refund/rfd_1", Kind: "REFUND", PaymentID: "pay_1", OrderID: "ord_1", BookedAt: at, Entries: []Entry{
				{"refund/rfd_1", 1, Orders, Debit, 980, "JPY"},
				{"refund/rfd_1", 2, Provider, Credit, 980, "JPY"},
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
	ms, err := Insert(Capture("pay_1", "ord_1", 1, "JPY", time.Unix(0, 0)), Refund("rfd_1", "pay_1", "ord_1", 1, "JPY", time.Unix(0, 0)))
	if err != nil || len(ms) != 6 {
		t.Errorf("Insert = %d mutations, %v; want 6 (two journals of two entries)", len(ms), err)
	}
}
