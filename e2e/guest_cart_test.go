package e2e

import (
	"context"
	"fmt"
	"testing"

	"connectrpc.com/connect"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// A guest fills a cart with two products, logs in, keeps the cart and buys it alone. One price has changed meanwhile, so
// the first answer is PRICE_CHANGED with the new total, before anything is paid. The bought lines leave the cart once.
func TestGuestCart(t *testing.T) {
	t.Parallel()
	rice := must(open.Sell(t.Context(), shop.Sale{Title: "有機玄米 2kg", Price: 1200, Tax: 8, Stock: 5}))(t)
	towel := must(open.Sell(t.Context(), shop.Sale{Title: "今治タオル", Price: 800, Tax: 10, Stock: 5}))(t)
	hanako, cart := fills(t, rice, towel)

	ok(t, rice.Reprice(t.Context(), 1500))
	_, err := hanako.Order.Checkout(t.Context(), hanako.BuyCart(cart.GetVersion(), shop.Shipped(1200+2*800)))
	refused(t, err, connect.CodeFailedPrecondition, fault.PriceChanged)
	change, _ := fault.Detail[*orderv1.PriceChange](err)
	if got := change.GetAmounts().GetTotal().GetAmount(); got != 3650 || fault.Meta(err, "total") != "3650" {
		t.Fatalf("the new total is %d, want 3650: %v", got, err)
	}
	untouched(t, hanako)

	buy := hanako.BuyCart(cart.GetVersion(), change.GetAmounts().GetTotal().GetAmount())
	bought := must(hanako.Order.Checkout(t.Context(), buy))(t).GetOrder()
	sums(t, bought)
	order(t, bought.GetOrderId(), "PAID")
	charged(t, bought.GetOrderId(), 3650, 3650)
	stock(t, rice, 4, 0)
	stock(t, towel, 3, 0)
	leaves(t, hanako, rice, buy, bought.GetOrderId())
}

// fills has a guest fill a cart, and take it along into an account.
func fills(t *testing.T, rice, towel *shop.Goods) (*shop.Person, *cartv1.Cart) {
	t.Helper()
	guest := must(open.Person(t.Context(), shop.GRPCWeb, shop.Account{ID: shop.Unique("guest"), Guest: true}))(t)
	must(guest.Cart.SetLine(t.Context(), &cartv1.SetLineRequest{Sku: rice.SKU, Quantity: 1}))(t)
	must(guest.Cart.SetLine(t.Context(), &cartv1.SetLineRequest{Sku: towel.SKU, Quantity: 2}))(t)
	hanako := must(open.Buyer(t.Context(), shop.JSON, "hanako", "pm_card_visa"))(t)
	for range 2 { // a repeat changes nothing
		must(hanako.Cart.MergeGuestCart(t.Context(), &cartv1.MergeGuestCartRequest{GuestToken: guest.Token}))(t)
	}
	if _, left, err := open.CartDocument(t.Context(), guest.ID); err != nil || len(left) != 0 {
		t.Errorf("the guest still has %v, %v", left, err)
	}
	cart := must(hanako.Cart.GetCart(t.Context(), &cartv1.GetCartRequest{}))(t).GetCart()
	if len(cart.GetLines()) != 2 || cart.GetSubtotal().GetAmount() != 1200+2*800 {
		t.Fatalf("the cart that was kept: %v", cart)
	}
	return hanako, cart
}

// sums holds what the order says of its money: lines, shipping, and tax contained per rate, each rounded down once.
func sums(t *testing.T, o *orderv1.Order) {
	t.Helper()
	a := o.GetAmounts()
	got := map[string]int64{
		"items": a.GetItems().GetAmount(), "shipping": a.GetShipping().GetAmount(), "total": a.GetTotal().GetAmount(),
	}
	for _, tax := range a.GetTaxes() {
		got[fmt.Sprintf("tax %d%%", tax.GetPercent())] = tax.GetAmount().GetAmount()
	}
	want := map[string]int64{
		"items": 1500 + 2*800, "shipping": 550, "total": 3650,
		"tax 8%": 1500 * 8 / 108, "tax 10%": (2*800 + 550) * 10 / 110, // the rice; the towels and the shipping
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("amounts (-want +got):\n%s", diff)
	}
	if len(o.GetLines()) != 2 || o.GetLines()[0].GetMerchantId() == o.GetLines()[1].GetMerchantId() || o.GetAddress().GetCity() != "渋谷区" {
		t.Errorf("order %v", o)
	}
}

// leaves holds that what was bought leaves the cart once: what is put in afterwards stays.
func leaves(t *testing.T, hanako *shop.Person, rice *shop.Goods, buy *orderv1.CheckoutRequest, orderID string) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		_, lines, err := open.CartDocument(ctx, hanako.ID)
		if err == nil && len(lines) != 0 {
			err = fmt.Errorf("still in the cart: %v", lines)
		}
		return err
	})
	must(hanako.Cart.SetLine(t.Context(), &cartv1.SetLineRequest{Sku: rice.SKU, Quantity: 1}))(t)
	again := must(hanako.Order.Checkout(t.Context(), buy))(t)
	if again.GetOrder().GetOrderId() != orderID {
		t.Errorf("the repeat bought %s, not %s", again.GetOrder().GetOrderId(), orderID)
	}
	_, err := hanako.Order.Checkout(t.Context(), hanako.BuyCart(buy.GetCart().GetCartVersion(), 3650))
	refused(t, err, connect.CodeFailedPrecondition, fault.CartChanged)
	if got := fault.Meta(err, "order_id"); got != orderID {
		t.Errorf("CART_CHANGED names %q, want %s", got, orderID)
	}
	if _, lines, err := open.CartDocument(t.Context(), hanako.ID); err != nil || len(lines) != 1 || lines[0].SKU != rice.SKU {
		t.Errorf("the cart now holds %v, %v", lines, err)
	}
	stock(t, rice, 4, 0)
}
