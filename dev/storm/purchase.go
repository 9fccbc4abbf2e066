package main

import (
	"context"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

const price = 1980 // yen, one unit of anything

// purchase is one customer's: something is put into the cart and bought; the bank may want to see them; some send the request
// twice, and some cancel at once, whatever has become of their money by then.
func (t *tempest) purchase(ctx context.Context, who *shop.Person, dice *rand.Rand) error {
	g := t.goods[dice.IntN(len(t.goods))]
	var req *orderv1.CheckoutRequest
	var res *orderv1.CheckoutResponse
	t.time("checkout", func() (err error) {
		req, res, err = t.checkout(ctx, who, g)
		return err
	}, func() string { return state(res.GetOrder()) })
	switch secret := res.GetNextAction().GetClientSecret(); {
	case secret != "":
		if err := t.AtBank(ctx, secret, dice.IntN(4) > 0); err != nil {
			return err
		}
	case res.GetOrder().GetState() == orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT:
		t.mu.Lock()
		t.unsure = append(t.unsure, unsure{who, req})
		t.mu.Unlock()
	}
	if req != nil && dice.IntN(10) == 0 {
		t.time("repeat", func() (err error) {
			res, err = patiently(ctx, func(ctx context.Context) (*orderv1.CheckoutResponse, error) { return who.Order.Checkout(ctx, req) })
			return err
		}, func() string { return state(res.GetOrder()) })
	}
	if orderID := res.GetOrder().GetOrderId(); orderID != "" && dice.IntN(6) == 0 {
		t.cancel(ctx, who, orderID)
	}
	return ctx.Err()
}

// unsure is a customer who was not told how a checkout has ended.
type unsure struct {
	who *shop.Person
	req *orderv1.CheckoutRequest
}

// ask has those who are unsure ask again by the same request, as their apps do, and go to their bank where it wants to see
// them.
func (t *tempest) ask(ctx context.Context) error {
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(t.options.parallel)
	for _, u := range t.unsure {
		asking.Go(func() error {
			var res *orderv1.CheckoutResponse
			t.time("ask again", func() (err error) {
				res, err = patiently(ctx, func(ctx context.Context) (*orderv1.CheckoutResponse, error) { return u.who.Order.Checkout(ctx, u.req) })
				return err
			}, func() string { return state(res.GetOrder()) })
			if secret := res.GetNextAction().GetClientSecret(); secret != "" {
				return t.AtBank(ctx, secret, true)
			}
			return nil
		})
	}
	return asking.Wait()
}

// checkout buys the cart as it is. What was bought before may leave it at any moment: then it is filled and bought anew.
func (t *tempest) checkout(ctx context.Context, who *shop.Person, g *shop.Goods) (req *orderv1.CheckoutRequest, res *orderv1.CheckoutResponse, err error) {
	var cart *cartv1.SetLineResponse
	for try := range int32(10) {
		cart, err = patiently(ctx, func(ctx context.Context) (*cartv1.SetLineResponse, error) {
			return who.Cart.SetLine(ctx, &cartv1.SetLineRequest{Sku: g.SKU, Quantity: 1 + try%2}) // another cart than the last one
		})
		if err != nil {
			return nil, nil, err
		}
		req = who.BuyCart(cart.GetCart().GetVersion(), shop.Shipped(cart.GetCart().GetSubtotal().GetAmount()))
		res, err = patiently(ctx, func(ctx context.Context) (*orderv1.CheckoutResponse, error) { return who.Order.Checkout(ctx, req) })
		switch fault.ReasonOf(err) {
		case fault.CartChanged, fault.PriceChanged:
			continue
		}
		return req, res, err
	}
	return req, res, err
}

func (t *tempest) cancel(ctx context.Context, who *shop.Person, orderID string) {
	var res *orderv1.CancelOrderResponse
	t.time("cancel", func() (err error) {
		res, err = patiently(ctx, func(ctx context.Context) (*orderv1.CancelOrderResponse, error) {
			return who.Order.CancelOrder(ctx, &orderv1.CancelOrderRequest{OrderId: orderID})
		})
		return err
	}, func() string { return state(res.GetOrder()) })
}
