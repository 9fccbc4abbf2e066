package main

import (
	"strings"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
)

// A customer's cart is shown with what is saved for later, and forgotten; another's stays. A repeat forgets nothing.
func TestExportAndEraseUser(t *testing.T) {
	w := start(t)
	tea, cup := w.catalog.sell(500), w.catalog.sell(900)
	w.set(hanako, tea, 2)
	w.set(hanako, cup, 1)
	if _, err := w.as(hanako).SaveForLater(t.Context(), &cartv1.SaveForLaterRequest{Sku: cup}); err != nil {
		t.Fatal(err)
	}
	w.set(guest, tea, 1)
	export := &cartv1.ExportUserRequest{CustomerId: hanako.ID}
	shown, err := w.service("user").ExportUser(t.Context(), export)
	if err != nil || len(shown.GetRecords()) != 1 {
		t.Fatalf("export = %v, %v; want one record", shown, err)
	}
	for _, sku := range []string{tea, cup} {
		if !strings.Contains(shown.GetRecords()[0].GetJson(), sku) {
			t.Errorf("%s is not in %s", sku, shown.GetRecords()[0].GetJson())
		}
	}
	for _, want := range []int64{1, 0} {
		res, err := w.service("user").EraseUser(t.Context(), &cartv1.EraseUserRequest{CustomerId: hanako.ID})
		if err != nil || res.GetErased() != want || res.GetKept() != 0 {
			t.Errorf("erase = %v, %v; want %d erased", res, err, want)
		}
	}
	if shown, err := w.service("user").ExportUser(t.Context(), export); err != nil || len(shown.GetRecords()) != 0 {
		t.Errorf("after it, export = %v, %v", shown, err)
	}
	w.wantLines(guest.ID, 1, line{tea, 1})
	_, err = w.service("order").EraseUser(t.Context(), &cartv1.EraseUserRequest{CustomerId: guest.ID})
	wantReason(t, err, fault.CallerNotAllowed)
	w.wantSound(1)
}
