package main

import (
	"fmt"
	"testing"
	"time"

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

func (w *world) mergeInto(account, from testenv.User) {
	w.t.Helper()
	if _, err := w.as(account).MergeGuestCart(w.t.Context(), &cartv1.MergeGuestCartRequest{GuestToken: w.UserToken(from)}); err != nil {
		w.t.Fatal(err)
	}
}

// wantSKUs is wantLines at whatever version.
func (w *world) wantSKUs(owner string, want ...line) {
	w.t.Helper()
	w.wantLines(owner, w.stored(owner).Version, want...)
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

// TestMergeGuestCartOfOneWhoWasForgotten: the guest's versions begin anew, which must not make the new claim look taken.
func TestMergeGuestCartOfOneWhoWasForgotten(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(guest, tea, 2)
	w.merged()
	w.Advance(cart.GuestKept + time.Hour)
	w.sweep(1)
	w.set(guest, rice, 1)
	for range 2 {
		w.merged()
		w.wantLines(hanako.ID, 2, line{tea, 2}, line{rice, 1})
		w.wantLines(guest.ID, 2)
	}
	w.wantSound(2)
}

func TestMergeGuestCartNamesWhatDidNotFit(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(100)
	w.set(hanako, tea, 7)
	for range 48 {
		w.set(hanako, w.catalog.sell(100), 1)
	}
	fits, not1, not2 := w.catalog.sell(100), w.catalog.sell(100), w.catalog.sell(100)
	for _, sku := range []string{fits, not1, not2} {
		w.set(guest, sku, 1)
	}
	w.set(guest, tea, 4)
	for range 2 {
		res := w.merged()
		if diff := cmp.Diff([]string{not1, not2}, res.GetSkusLeftBehind(), cmpopts.SortSlices(less)); diff != "" {
			t.Errorf("left behind (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{tea}, res.GetSkusCapped()); diff != "" {
			t.Errorf("capped (-want +got):\n%s", diff)
		}
		if saved := res.GetCart().GetSaved(); len(saved) != 2 || saved[0].GetSku() != not1 || !saved[1].GetForSale() {
			t.Errorf("saved for later: %v", saved)
		}
	}
	w.wantLines(guest.ID, 5)
	w.wantSound(2)
}

func less(a, b string) bool { return a < b }

// TestMergeGuestCartAfterACrash stops a merge after each of its writes, as a process does that dies; the guest then shops
// on, and either the account asks again, or another one comes, or the sweep does.
func TestMergeGuestCartAfterACrash(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	for i, resume := range []func(account, anonymous testenv.User){
		func(account, anonymous testenv.User) { w.mergeInto(account, anonymous) },
		func(_, anonymous testenv.User) { w.mergeInto(testenv.User{ID: "somebody else"}, anonymous) },
		func(_, _ testenv.User) {
			w.Advance(2 * time.Minute)
			w.sweep(1)
		},
	} {
		for writes := 1; writes <= 2; writes++ {
			account, anonymous := testenv.User{ID: fmt.Sprint("account", i, writes)}, testenv.User{ID: fmt.Sprint("guest", i, writes), Guest: true}
			w.set(anonymous, tea, 2)
			claimed, err := w.carts.Change(t.Context(), anonymous.ID, func(c *cart.Cart) (bool, error) { return c.ClaimFor(account.ID, w.Clock().Now()), nil })
			if err == nil && writes > 1 {
				_, err = w.carts.Change(t.Context(), account.ID, func(c *cart.Cart) (bool, error) { return c.Take(anonymous.ID, *claimed.Claim), nil })
			}
			if err != nil {
				t.Fatal(err)
			}
			w.set(anonymous, rice, 1)
			resume(account, anonymous)
			w.mergeInto(account, anonymous)
			want := []line{{tea, 2}, {rice, 1}}
			if i == 1 { // who came in between has what was put in afterwards
				want = want[:1]
				w.wantSKUs("somebody else", line{rice, int64(writes)})
			}
			w.wantSKUs(account.ID, want...)
			w.wantSKUs(anonymous.ID)
		}
	}
	w.wantSound(13)
}

// TestMergeGuestCartByTwoAccountsAtOnce: one of them has all of it.
func TestMergeGuestCartByTwoAccountsAtOnce(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	for i := range 5 {
		anonymous := testenv.User{ID: fmt.Sprint("guest", i), Guest: true}
		w.set(anonymous, tea, 2)
		w.set(anonymous, rice, 1)
		var g errgroup.Group
		accounts := []testenv.User{{ID: fmt.Sprint("hanako", i)}, {ID: fmt.Sprint("taro", i)}}
		for range 2 {
			for _, account := range accounts {
				g.Go(func() error {
					_, err := w.as(account).MergeGuestCart(t.Context(), &cartv1.MergeGuestCartRequest{GuestToken: w.UserToken(anonymous)})
					return err
				})
			}
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		units := int64(0)
		for _, account := range accounts {
			for _, l := range w.stored(account.ID).Lines {
				units += l.Quantity
			}
			if n := len(w.stored(account.ID).Lines); n != 0 && n != 2 {
				t.Errorf("%s has %d lines, want all or nothing", account.ID, n)
			}
		}
		if units != 3 {
			t.Errorf("the accounts have %d units together, the guest had 3", units)
		}
		w.wantLines(anonymous.ID, 3)
	}
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

// TestMergeGuestCartOfOneself is a guest who became a customer under the same id: the cart stays, and no longer expires.
func TestMergeGuestCartOfOneself(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(testenv.User{ID: hanako.ID, Guest: true}, tea, 2)
	if w.stored(hanako.ID).ExpireTime == nil {
		t.Error("a guest's cart does not expire")
	}
	if _, err := w.merge(testenv.User{ID: hanako.ID, Guest: true}); err != nil {
		t.Fatal(err)
	}
	w.wantLines(hanako.ID, 1, line{tea, 2})
	if at := w.stored(hanako.ID).ExpireTime; at != nil {
		t.Errorf("an account's cart expires at %s", at)
	}
}
