package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

func TestSetLine(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(guest, tea, 2)
	w.set(guest, rice, 1)
	for range 2 {
		c := w.set(guest, tea, 3)
		if c.GetVersion() != 3 || c.GetSubtotal().GetAmount() != 2700 {
			t.Errorf("version %d, subtotal %v; want 3, 2700", c.GetVersion(), c.GetSubtotal())
		}
	}
	w.wantLines(guest.ID, 3, line{tea, 3}, line{rice, 1})
	w.set(guest, tea, 0)
	w.wantLines(guest.ID, 4, line{rice, 1})
	w.wantSound(1)
}

func TestSetLineRefuses(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	gone := w.catalog.sell(500)
	w.set(hanako, gone, 2)
	w.catalog.withdraw(gone)
	testenv.Eventually(t, func() error { // prices are at most a second old
		res, err := w.as(hanako).GetCart(t.Context(), &cartv1.GetCartRequest{})
		if err == nil && res.GetCart().GetLines()[0].GetForSale() {
			err = errors.New("still for sale")
		}
		return err
	})
	tests := []struct {
		name     string
		sku      string
		quantity int32
		want     fault.Reason
	}{
		{"not for sale", id.New("sku"), 1, fault.NotFound},
		{"more of what is no longer for sale", gone, 3, fault.NotFound},
		{"eleven units", tea, 11, fault.FieldInvalid},
		{"less than none", tea, -1, fault.FieldInvalid},
		{"no SKU", "tea", 1, fault.FieldInvalid},
	}
	for _, tt := range tests {
		_, err := w.as(hanako).SetLine(t.Context(), &cartv1.SetLineRequest{Sku: tt.sku, Quantity: tt.quantity})
		if got := fault.ReasonOf(err); got != tt.want {
			t.Errorf("%s: reason %q (%v), want %q", tt.name, got, err, tt.want)
		}
	}
	w.wantLines(hanako.ID, 1, line{gone, 2})
	w.set(hanako, gone, 0)
	w.wantLines(hanako.ID, 2)
}

func TestSetLineRefusesThe51stLine(t *testing.T) {
	w := start(t)
	for range 50 {
		w.set(hanako, w.catalog.sell(100), 1)
	}
	_, err := w.as(hanako).SetLine(t.Context(), &cartv1.SetLineRequest{Sku: w.catalog.sell(100), Quantity: 1})
	wantReason(t, err, fault.LimitReached)
	if got := fault.Meta(err, "limit"); got != "50" {
		t.Errorf("limit %q, want 50", got)
	}
	w.wantSound(1)
}

func TestSetLineNeedsCatalog(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(hanako, rice, 1)
	w.catalog.setDown(true)
	_, err := w.as(hanako).SetLine(t.Context(), &cartv1.SetLineRequest{Sku: tea, Quantity: 1})
	wantReason(t, err, fault.DependencyUnavailable)
	w.wantLines(hanako.ID, 1, line{rice, 1})
}

// TestTakingOutNeedsNobody: it is done, and the answer says that it knows no prices.
func TestTakingOutNeedsNobody(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(hanako, tea, 2)
	w.set(hanako, rice, 1)
	w.catalog.setDown(true)
	testenv.Eventually(t, func() error { // prices are remembered for a second
		if _, err := w.as(hanako).GetCart(t.Context(), &cartv1.GetCartRequest{}); fault.ReasonOf(err) != fault.DependencyUnavailable {
			return fmt.Errorf("catalog is not missed yet: %w", err)
		}
		return nil
	})
	for range 2 {
		c := w.set(hanako, tea, 0)
		if !c.GetUnpriced() || len(c.GetLines()) != 1 || c.GetLines()[0].GetSku() != rice || c.GetLines()[0].GetQuantity() != 1 {
			t.Errorf("answered %v", c)
		}
		w.wantLines(hanako.ID, 3, line{rice, 1})
	}
	w.catalog.setDown(false)
	if c := w.set(hanako, tea, 0); c.GetUnpriced() || c.GetSubtotal().GetAmount() != 1200 {
		t.Errorf("with catalog back: %v", c)
	}
}

// TestSetLineFromManyDevices writes one cart at the same time: every line must be there, each change one version.
func TestSetLineFromManyDevices(t *testing.T) {
	w := start(t)
	var g errgroup.Group
	for range 4 {
		sku := w.catalog.sell(100)
		g.Go(func() error {
			_, err := w.as(hanako).SetLine(t.Context(), &cartv1.SetLineRequest{Sku: sku, Quantity: 1})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if c := w.stored(hanako.ID); len(c.Lines) != 4 || c.Version != 4 {
		t.Errorf("%d lines at version %d, want 4 at 4", len(c.Lines), c.Version)
	}
	w.wantSound(1)
}

// TestSetLineAsksOnceForMany has many want one price at once: catalog is asked by one of them, and again a second later at the
// soonest.
func TestSetLineAsksOnceForMany(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	began := time.Now()
	var g errgroup.Group
	for i := range 30 {
		g.Go(func() error {
			res, err := w.as(testenv.User{ID: fmt.Sprint("customer", i)}).SetLine(t.Context(), &cartv1.SetLineRequest{Sku: tea, Quantity: 1})
			if err == nil && res.GetCart().GetSubtotal().GetAmount() != 500 {
				err = fmt.Errorf("%d: subtotal %v, want 500", i, res.GetCart().GetSubtotal())
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if most := 1 + int(time.Since(began)/time.Second); w.catalog.calls() > most {
		t.Errorf("catalog was asked %d times, want %d at most", w.catalog.calls(), most)
	}
}

// TestSetLineAfterAnotherInstance has this instance remember a cart that another one changes and erases: what is decided by a
// remembered cart holds only if the cart still is what it was.
func TestSetLineAfterAnotherInstance(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(hanako, tea, 3)
	_, err := w.carts.Change(t.Context(), hanako.ID, func(c *cart.Cart) (bool, error) {
		_, err := c.Set(cart.Line{SKU: rice, Quantity: 1, Price: 1200, Currency: "JPY"})
		if err != nil {
			return false, err
		}
		return c.Set(cart.Line{SKU: tea, Quantity: 5})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.set(hanako, tea, 3) // as it is remembered, and not as it is
	w.wantLines(hanako.ID, 4, line{tea, 3}, line{rice, 1})
	if _, err := w.carts.Delete(t.Context(), hanako.ID); err != nil {
		t.Fatal(err)
	}
	w.set(hanako, rice, 2)
	w.wantLines(hanako.ID, 1, line{rice, 2})
	w.wantSound(1)
}
