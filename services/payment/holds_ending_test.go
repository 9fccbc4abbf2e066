package main

import (
	"testing"
	"time"

	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// The provider says until when it holds the money; the metric counts a hold from a day before its end until it is captured.
func TestHoldsEnding(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	until := x.row(orderID).CaptureBefore
	if days := until.Time.Sub(x.w.Clock().Now()); !until.Valid || days < 6*24*time.Hour || days > 8*24*time.Hour {
		t.Fatalf("the hold ends %v, want in a week, as the provider has it", until)
	}
	if n := x.holdsEnding(); n != 0 {
		t.Errorf("%d holds near their end, want none", n)
	}
	x.w.Advance(time.Until(until.Time) - 23*time.Hour)
	if n := x.holdsEnding(); n != 1 {
		t.Errorf("%d holds near their end, want the one", n)
	}
	x.confirm(orderID)
	x.reaches(orderID, payment.Captured)
	if n := x.holdsEnding(); n != 0 {
		t.Errorf("%d holds near their end after the capture, want none", n)
	}
}

// holdsEnding counts as the metric does.
func (x *shop) holdsEnding() (n int64) {
	x.Helper()
	now := x.w.Clock().Now()
	waiting, err := payment.ListWaiting(x.Context(), x.db.Single(), now, now.Add(holdsNear))
	if err != nil {
		x.Fatal(err)
	}
	for _, w := range waiting {
		n += w.Ending
	}
	return n
}
