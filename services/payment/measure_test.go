package main

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/manual"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func TestWhatPaymentWaitsForIsSeen(t *testing.T) {
	t.Parallel()
	db, err := spandb.Open(t.Context(), testenv.Database(t, schema))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	now := time.Now().UTC().Truncate(time.Microsecond)
	put := func(id string, state payment.State, since, holdEnd, next time.Duration) *spanner.Mutation {
		return spanner.InsertMap("Payments", map[string]any{
			"PaymentId": id, "OrderId": "ord_" + id, "CustomerId": "c", "State": string(state), "StateAt": now.Add(-since), "Version": 1,
			"Currency": "JPY", "Amount": 100, "Authorised": 100, "ToCapture": 0, "Captured": 0, "Refunded": 0, "Dead": false,
			"SavedMethodId": "", "IntentId": "pi_" + id, "DeclineCode": "", "CaptureBefore": now.Add(holdEnd), "NextAt": now.Add(next),
			"Attempts": 0, "CreatedAt": now.Add(-since), "UpdatedAt": spanner.CommitTimestamp,
		})
	}
	ask, err := manual.Open(manual.Work{ID: "settlement/po_1/txn_1", Kind: manual.Settlement, Amount: 5, Currency: "JPY", OpenedAt: now})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Update(t.Context(), "arrange", func(_ context.Context, tx *spanner.ReadWriteTransaction) error {
		return tx.BufferWrite([]*spanner.Mutation{
			put("1", payment.Unknown, 20*time.Minute, time.Hour*100, time.Minute),
			put("2", payment.Unknown, time.Minute, time.Hour*100, time.Minute),
			put("3", payment.Authorised, time.Hour*140, time.Hour*20, time.Hour*20),
			put("4", payment.Authorised, time.Hour, time.Hour*160, time.Hour*160),
			ask,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := payment.ListWaiting(t.Context(), db.Single(), now, now.Add(holdsNear))
	if err != nil {
		t.Fatal(err)
	}
	ending := int64(0)
	for _, w := range waiting {
		ending += w.Ending
		switch {
		case w.State == payment.Unknown && (w.Count != 2 || w.Age(now) != 20*time.Minute):
			t.Errorf("%d are unknown, the oldest for %v; want 2, 20 minutes", w.Count, w.Age(now))
		case w.State == payment.Voiding && (w.Count != 0 || w.Age(now) != 0):
			t.Errorf("%d are being let go, for %v; want none", w.Count, w.Age(now))
		}
	}
	if ending != 1 || len(waiting) != 7 {
		t.Errorf("%d holds end within a day, want 1; %d states, want 7", ending, len(waiting))
	}
	open, err := manual.CountOpen(t.Context(), db.Single())
	if err != nil || open[manual.Settlement] != 1 || open[manual.RefundFailed] != 0 {
		t.Errorf("left to people: %v, %v; want one settlement", open, err)
	}
}
