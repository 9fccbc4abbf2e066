package main

import (
	"os"
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	"github.com/issho-shop/issho/internal/testenv"
)

// Case C5: without its store a cart is refused, read, written and to checkout alike, once the first callers have felt it
// within a second; and it is as before when the store is back.
func TestCaseC5WithoutTheStore(t *testing.T) {
	proxy := testenv.NewProxy(t, os.Getenv("FIRESTORE_EMULATOR_HOST"))
	t.Setenv("FIRESTORE_EMULATOR_HOST", proxy.Addr)
	w := started(t)
	tea := w.catalog.sell(500)
	w.set(hanako, tea, 2)
	proxy.Cut()
	calls := map[string]func() error{
		"read": func() error {
			_, err := w.as(hanako).GetCart(t.Context(), &cartv1.GetCartRequest{})
			return err
		},
		"written": func() error {
			_, err := w.as(hanako).SetLine(t.Context(), &cartv1.SetLineRequest{Sku: tea, Quantity: 3})
			return err
		},
		"checked out": func() error {
			_, err := w.service("order").GetLines(t.Context(), &cartv1.GetLinesRequest{CustomerId: hanako.ID})
			return err
		},
	}
	for name, call := range calls {
		began := time.Now()
		if wantReason(t, call(), fault.StoreUnavailable); time.Since(began) > time.Second {
			t.Errorf("%s: refused after %s", name, time.Since(began))
		}
	}
	proxy.Restore()
	testenv.Eventually(t, calls["read"])
	w.set(hanako, tea, 4)
}

// Cases F1, F3: what is no message is refused, and leaves no cart behind.
func TestCaseF1F3MalformedIsRefused(t *testing.T) {
	w := start(t)
	testenv.RefusesMalformed(t, w.As(hanako), w.base+cartv1connect.CartServiceSetLineProcedure, "sku")
	testenv.RefusesMalformed(t, w.AsService("order"), w.base+cartv1connect.CartInternalServiceGetLinesProcedure, "customerId")
	w.wantSound(0)
}

// Cases F4, G9: an id is ASCII of one shape; whatever else stands in its place is refused, and is no address to anybody.
func TestCaseF4G9NoOtherIDs(t *testing.T) {
	w := start(t)
	for _, sku := range []string{
		"sku_ａaaaaaaaaaaaaaaaaaaaaaaaaa", "sku_aaaaaaaaaaaaaaaaaaaaaaaaa\x00", "sku_aaaaaaaaaaaaaaaaaaaaaaaaa\u202e", "👨‍👩‍👧",
		"http://169.254.169.254/", "file:///etc/passwd", "../../carts/u_taro", "",
	} {
		_, err := w.as(hanako).SetLine(t.Context(), &cartv1.SetLineRequest{Sku: sku, Quantity: 1})
		wantReason(t, err, fault.FieldInvalid)
	}
	w.wantSound(0)
}
