package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestGetCartAtTodaysPrices(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(hanako, tea, 2)
	w.set(hanako, rice, 1)
	w.catalog.reprice(tea, 550)
	w.catalog.withdraw(rice)
	want := &cartv1.Cart{
		Version:  2,
		Subtotal: yen(1100),
		Lines: []*cartv1.CartLine{
			{
				Sku: tea, Quantity: 2, ProductId: "prd_" + tea, Title: &typev1.LocalisedText{Ja: "抹茶"},
				UnitPrice: yen(550), UnitPriceWhenAdded: yen(500), ForSale: true,
			},
			{Sku: rice, Quantity: 1, UnitPriceWhenAdded: yen(1200)},
		},
	}
	testenv.Eventually(t, func() error { // prices are at most a second old
		res, err := w.as(hanako).GetCart(t.Context(), &cartv1.GetCartRequest{})
		if err != nil {
			return err
		}
		if diff := cmp.Diff(want, res.GetCart(), protocmp.Transform()); diff != "" {
			return fmt.Errorf("cart (-want +got):\n%s", diff)
		}
		return nil
	})
}

func TestGetCartNeedsCatalogOnlyForPrices(t *testing.T) {
	w := start(t)
	w.set(hanako, w.catalog.sell(500), 1)
	w.catalog.setDown(true)
	testenv.Eventually(t, func() error {
		_, err := w.as(hanako).GetCart(t.Context(), &cartv1.GetCartRequest{})
		if fault.ReasonOf(err) != fault.DependencyUnavailable {
			return fmt.Errorf("without catalog: %v", err)
		}
		return nil
	})
	res, err := w.as(guest).GetCart(t.Context(), &cartv1.GetCartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&cartv1.Cart{Subtotal: yen(0)}, res.GetCart(), protocmp.Transform()); diff != "" {
		t.Errorf("an empty cart (-want +got):\n%s", diff)
	}
}

func TestGetCartNeedsACustomer(t *testing.T) {
	w := start(t)
	_, err := cartv1connect.NewCartServiceClient(http.DefaultClient, w.base).GetCart(t.Context(), &cartv1.GetCartRequest{})
	wantReason(t, err, fault.TokenMissing)
}
