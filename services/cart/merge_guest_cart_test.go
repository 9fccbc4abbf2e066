package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

func (w *world) merge(from testenv.User) (*cartv1.MergeGuestCartResponse, error) {
	return w.as(hanako).MergeGuestCart(w.t.Context(), &cartv1.MergeGuestCartRequest{GuestToken: w.UserToken(from)})
}

func (w *world) merged() *cartv1.MergeGuestCartResponse {
	w.t.Helper()
	res, err := w.merge(guest)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func TestMergeGuestCart(t *testing.T) {
	w := start(t)
	tea, rice, miso := w.catalog.sell(500), w.catalog.sell(1200), w.catalog.sell(300)
	w.set(hanako, tea, 7)
	w.set(hanako, rice, 1)
	w.set(guest, miso, 2)
	w.set(guest, tea, 5)
	for range 2 {
		if got := w.merged().GetCart().GetSubtotal().GetAmount(); got != 10*500+1200+2*300 {
			t.Errorf("subtotal %d", got)
		}
		w.wantLines(hanako.ID, 3, line{tea, 10}, line{rice, 1}, line{miso, 2})
		w.wantLines(guest.ID, 3)
	}
	w.set(guest, rice, 2) // the guest goes on, and logs in again
	w.merged()
	w.wantLines(hanako.ID, 4, line{tea, 10}, line{rice, 3}, line{miso, 2})
	w.wantSound(2)
}

func TestMergeGuestCartNamesWhatDidNotFit(t *testing.T) {
	w := start(t)
	for range 49 {
		w.set(hanako, w.catalog.sell(100), 1)
	}
	fits, not1, not2 := w.catalog.sell(100), w.catalog.sell(100), w.catalog.sell(100)
	for _, sku := range []string{fits, not1, not2} {
		w.set(guest, sku, 1)
	}
	less := func(a, b string) bool { return a < b }
	for range 2 {
		if diff := cmp.Diff([]string{not1, not2}, w.merged().GetSkusLeftBehind(), cmpopts.SortSlices(less)); diff != "" {
			t.Errorf("left behind (-want +got):\n%s", diff)
		}
	}
	w.wantLines(guest.ID, 4)
	w.wantSound(2)
}

// TestMergeGuestCartAfterACrash leaves the first half done, as a process does that dies between the two documents; the
// guest then shops on.
func TestMergeGuestCartAfterACrash(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(guest, tea, 2)
	half := w.stored(guest.ID)
	_, err := cart.Change(t.Context(), w.carts, hanako.ID, func(c *cart.Cart) (bool, error) { return c.Take(half), nil })
	if err != nil {
		t.Fatal(err)
	}
	w.set(guest, rice, 1)
	for range 2 {
		w.merged()
		w.wantLines(hanako.ID, 2, line{tea, 2}, line{rice, 1})
		w.wantLines(guest.ID, 4)
	}
	w.wantSound(2)
}

func TestMergeGuestCartAtTheSameTime(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(guest, tea, 2)
	var g errgroup.Group
	for range 4 {
		g.Go(func() error {
			_, err := w.merge(guest)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	w.wantLines(hanako.ID, 1, line{tea, 2})
	w.wantLines(guest.ID, 2)
}

func TestMergeGuestCartRefuses(t *testing.T) {
	w := start(t)
	w.set(guest, w.catalog.sell(500), 2)
	_, err := w.merge(testenv.User{ID: "taro"})
	wantReason(t, err, fault.TokenInvalid)
	_, err = w.as(hanako).MergeGuestCart(t.Context(), &cartv1.MergeGuestCartRequest{GuestToken: "nonsense"})
	wantReason(t, err, fault.TokenInvalid)
	_, err = w.as(guest).MergeGuestCart(t.Context(), &cartv1.MergeGuestCartRequest{GuestToken: w.UserToken(guest)})
	wantReason(t, err, fault.CallerNotAllowed)
	w.wantLines(hanako.ID, 0)
}

// TestMergeGuestCartOfOneself is a guest who became a customer under the same id.
func TestMergeGuestCartOfOneself(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(hanako, tea, 2)
	if _, err := w.merge(testenv.User{ID: hanako.ID, Guest: true}); err != nil {
		t.Fatal(err)
	}
	w.wantLines(hanako.ID, 1, line{tea, 2})
}
