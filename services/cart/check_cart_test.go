package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
)

func (w *world) check(accept bool) *cartv1.CheckCartResponse {
	w.t.Helper()
	res, err := w.as(hanako).CheckCart(w.t.Context(), &cartv1.CheckCartRequest{Accept: accept})
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func TestCheckCart(t *testing.T) {
	w := start(t)
	tea, rice, miso, salt := w.catalog.sell(500), w.catalog.sell(1200), w.catalog.sell(300), w.catalog.sell(80)
	for _, sku := range []string{tea, rice, miso, salt} {
		w.set(hanako, sku, 3)
	}
	if res := w.check(true); len(res.GetDifferences()) != 0 || !res.GetStockChecked() || res.GetCart().GetVersion() != 4 {
		t.Errorf("nothing has changed: %v", res)
	}
	w.catalog.reprice(tea, 550)
	w.catalog.withdraw(rice)
	w.stock.set(miso, 2)
	w.stock.set(salt, 0)
	want := []*cartv1.Difference{
		{Sku: tea, Kind: cartv1.DifferenceKind_DIFFERENCE_KIND_PRICE_RAISED, PriceWhenAdded: yen(500), Price: yen(550)},
		{Sku: rice, Kind: cartv1.DifferenceKind_DIFFERENCE_KIND_NOT_FOR_SALE},
		{Sku: miso, Kind: cartv1.DifferenceKind_DIFFERENCE_KIND_FEWER_LEFT, Quantity: 3, Available: 2},
		{Sku: salt, Kind: cartv1.DifferenceKind_DIFFERENCE_KIND_SOLD_OUT, Quantity: 3},
	}
	for _, accept := range []bool{false, true} {
		res := w.check(accept)
		if diff := cmp.Diff(want, res.GetDifferences(), protocmp.Transform()); diff != "" {
			t.Errorf("differences (-want +got):\n%s", diff)
		}
	}
	w.wantLines(hanako.ID, 5, line{tea, 3}, line{miso, 2})
	res := w.check(true)
	if len(res.GetDifferences()) != 0 || res.GetCart().GetVersion() != 5 || res.GetCart().GetSubtotal().GetAmount() != 3*550+2*300 {
		t.Errorf("after taking them on: %v", res)
	}
	if saved := res.GetCart().GetSaved(); len(saved) != 2 || saved[0].GetSku() != rice || saved[0].GetForSale() {
		t.Errorf("saved for later: %v", saved)
	}
	w.wantSound(1)
}

// TestCheckCartWhileLinesComeIn: what another device puts in or moves back, while prices are asked for, is checked and taken
// on like any other line, and stays.
func TestCheckCartWhileLinesComeIn(t *testing.T) {
	w := start(t)
	tea, rice, miso := w.catalog.sell(500), w.catalog.sell(1200), w.catalog.sell(300)
	w.set(hanako, tea, 3)
	w.set(hanako, miso, 2)
	if _, err := w.as(hanako).SaveForLater(t.Context(), &cartv1.SaveForLaterRequest{Sku: miso}); err != nil {
		t.Fatal(err)
	}
	w.catalog.reprice(tea, 550)
	w.catalog.reprice(miso, 290)
	w.catalog.while = func() {
		w.set(hanako, rice, 1)
		if _, err := w.as(hanako).MoveToCart(t.Context(), &cartv1.MoveToCartRequest{Sku: miso}); err != nil {
			t.Error(err)
		}
	}
	res := w.check(true)
	want := []*cartv1.Difference{
		{Sku: tea, Kind: cartv1.DifferenceKind_DIFFERENCE_KIND_PRICE_RAISED, PriceWhenAdded: yen(500), Price: yen(550)},
		{Sku: miso, Kind: cartv1.DifferenceKind_DIFFERENCE_KIND_PRICE_LOWERED, PriceWhenAdded: yen(300), Price: yen(290)},
	}
	if diff := cmp.Diff(want, res.GetDifferences(), protocmp.Transform()); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if got := res.GetCart().GetSubtotal().GetAmount(); got != 3*550+1200+2*290 {
		t.Errorf("subtotal %d", got)
	}
	w.wantLines(hanako.ID, 6, line{tea, 3}, line{rice, 1}, line{miso, 2})
	w.wantSound(1)
}

func TestCheckCartWithoutOrder(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(hanako, tea, 3)
	w.stock.set(tea, 0)
	w.stock.setDown(true)
	w.catalog.reprice(tea, 450)
	res := w.check(true)
	if res.GetStockChecked() || len(res.GetDifferences()) != 1 {
		t.Errorf("without order: %v", res)
	}
	w.wantLines(hanako.ID, 2, line{tea, 3})
}

func TestSavedForLater(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(hanako, tea, 3)
	w.set(hanako, rice, 1)
	as := w.as(hanako)
	for range 2 {
		res, err := as.SaveForLater(t.Context(), &cartv1.SaveForLaterRequest{Sku: tea})
		if err != nil {
			t.Fatal(err)
		}
		if c := res.GetCart(); c.GetVersion() != 3 || c.GetSubtotal().GetAmount() != 1200 || c.GetSaved()[0].GetQuantity() != 3 {
			t.Errorf("saved: %v", c)
		}
	}
	if lines, err := w.service("order").GetLines(t.Context(), &cartv1.GetLinesRequest{CustomerId: hanako.ID}); err != nil || len(lines.GetLines()) != 1 {
		t.Errorf("a checkout buys %v, %v", lines, err)
	}
	w.DeliverTwice(w.base, w.authorised("ord_1", 3, line{rice, 1}, line{tea, 1})) // what is saved is nobody's order
	for range 2 {
		if _, err := as.MoveToCart(t.Context(), &cartv1.MoveToCartRequest{Sku: tea}); err != nil {
			t.Fatal(err)
		}
	}
	w.wantLines(hanako.ID, 5, line{tea, 3})
	_, err := as.MoveToCart(t.Context(), &cartv1.MoveToCartRequest{Sku: rice})
	wantReason(t, err, fault.NotFound)
	_, err = as.SaveForLater(t.Context(), &cartv1.SaveForLaterRequest{Sku: rice})
	wantReason(t, err, fault.NotFound)
	if _, err := as.SaveForLater(t.Context(), &cartv1.SaveForLaterRequest{Sku: tea}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		res, err := as.RemoveSaved(t.Context(), &cartv1.RemoveSavedRequest{Sku: tea})
		if err != nil || len(res.GetCart().GetSaved()) != 0 || res.GetCart().GetVersion() != 7 {
			t.Errorf("removed: %v, %v", res, err)
		}
	}
	w.wantSound(1)
}
