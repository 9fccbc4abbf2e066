package main

import (
	"testing"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestWhatIsPutInIsTold(t *testing.T) {
	w := start(t)
	sku, hanako := w.catalog.sell(1200), testenv.User{ID: "hanako"}
	for _, quantity := range []int32{2, 2, 5, 1, 0} { // the second, the fourth and the last put nothing in
		w.set(hanako, sku, quantity)
	}
	events := w.Events()
	if len(events) != 2 {
		t.Fatalf("%d events, want two: %v", len(events), events)
	}
	for i, more := range []int32{2, 3} {
		var e typev1.VisitEvent
		events[i].Decode(t, &e)
		if events[i].Topic != "visit" || events[i].Type() != "visit.added_to_cart" || e.GetSku() != sku || e.GetQuantity() != more || e.GetCustomerId() != "hanako" {
			t.Errorf("told %v: %v, want %d more", events[i], &e, more)
		}
	}
	w.Break("visit", true)
	if c := w.set(hanako, sku, 3); len(c.GetLines()) != 1 { // a broken Pub/Sub keeps nobody from shopping
		t.Errorf("the cart is %v", c)
	}
}
