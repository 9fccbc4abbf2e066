package main

import (
	"testing"

	"connectrpc.com/connect"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func TestOneOrderOfACart(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.fill("hanako", 3, &cartv1.Line{Sku: c.Skus[0], Quantity: 2})
	cart := func(total int64) *orderv1.CheckoutRequest {
		req := start(c)
		req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 3}}, yen(total)
		return req
	}
	first := s.buy("hanako", cart(2950))
	if o := first.GetOrder(); o.GetState() != orderv1.OrderState_ORDER_STATE_CONFIRMED || o.GetFinalAmounts().GetTotal().GetAmount() != 2950 || o.GetAddress().GetCity() != "渋谷区" {
		t.Errorf("order = %v", o)
	}
	s.wantCounts(c.Skus[0], 8, 0)
	_, err := s.as("hanako").Checkout(t.Context(), cart(2950))
	wantReason(t, err, fault.CartChanged, connect.CodeFailedPrecondition)
	if got := fault.Meta(err, "order_id"); got != first.GetOrder().GetOrderId() {
		t.Errorf("the order named is %q", got)
	}
	if _, err := s.as("hanako").CancelOrder(t.Context(), &orderv1.CancelOrderRequest{OrderId: first.GetOrder().GetOrderId()}); err != nil {
		t.Fatal(err)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.buy("hanako", cart(2950))
	s.fill("hanako", 4)
	_, err = s.as("hanako").Checkout(t.Context(), cart(2950))
	wantReason(t, err, fault.CartChanged, connect.CodeFailedPrecondition)
	s.verify()
}

func TestAPriceThatChangedIsToldBeforeAnythingIsHeld(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.fill("hanako", 1, &cartv1.Line{Sku: c.Skus[0], Quantity: 1, UnitPriceWhenAdded: yen(1100)})
	req := start(c)
	req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 1}}, yen(1650)
	_, err := s.as("hanako").Checkout(t.Context(), req)
	wantReason(t, err, fault.PriceChanged, connect.CodeFailedPrecondition)
	change, _ := fault.Detail[*orderv1.PriceChange](err)
	if change.GetAmounts().GetTotal().GetAmount() != 1750 || change.GetLines()[0].GetUnitPrice().GetAmount() != 1200 {
		t.Errorf("PRICE_CHANGED tells %v", change)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	req.ExpectedTotal = change.GetAmounts().GetTotal()
	s.buy("hanako", req) // the same request id: that refusal was not kept
}
