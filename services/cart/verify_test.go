package main

import (
	"testing"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

func TestVerifySeesABadCart(t *testing.T) {
	w := start(t)
	w.set(hanako, w.catalog.sell(500), 1)
	w.wantSound(1)
	_, err := w.db.Collection("carts").Doc("u_stolen").Set(t.Context(), cart.Cart{
		Owner: "taro", Lines: []cart.Line{{SKU: "a", Quantity: 0}, {SKU: "a", Quantity: 11}}, Bought: []string{"o", "o"}, Saved: []cart.Line{{SKU: "a", Quantity: 1}},
		Claim: &cart.Claim{Account: "taro"},
	})
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.service("ops").Verify(t.Context(), &cartv1.VerifyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if f := res.GetFindings()[0]; f.GetChecked() != 2 || f.GetViolationCount() != 7 || len(f.GetViolations()) != 7 {
		t.Errorf("%d carts, %d violations: %q; want 2 and 7", f.GetChecked(), f.GetViolationCount(), f.GetViolations())
	}
}
