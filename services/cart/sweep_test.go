package main

import (
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

func (w *world) sweep(want int64) {
	w.t.Helper()
	res, err := w.service("scheduler").Sweep(w.t.Context(), &cartv1.SweepRequest{})
	if err != nil || res.GetCount() != want {
		w.t.Errorf("sweep = %v, %v; want %d", res, err, want)
	}
}

// TestGuestsAreForgotten thirty days after their last change; accounts never.
func TestGuestsAreForgotten(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(guest, tea, 1)
	w.set(hanako, tea, 1)
	w.Advance(20 * 24 * time.Hour)
	expires := w.set(guest, tea, 2).GetExpireTime().AsTime()
	if left := expires.Sub(w.Clock().Now()); left > cart.GuestKept || left < cart.GuestKept-time.Minute {
		t.Errorf("expires in %s", left)
	}
	w.Advance(20 * 24 * time.Hour)
	w.sweep(0)
	w.wantLines(guest.ID, 2, line{tea, 2})
	w.Advance(11 * 24 * time.Hour)
	for _, want := range []int64{1, 0} {
		w.sweep(want)
		w.wantLines(guest.ID, 0)
	}
	w.wantLines(hanako.ID, 1, line{tea, 1})
	w.set(guest, tea, 3) // by the instance that remembers the old one
	w.wantLines(guest.ID, 1, line{tea, 3})
	_, err := w.service("order").Sweep(t.Context(), &cartv1.SweepRequest{})
	wantReason(t, err, fault.CallerNotAllowed)
}
