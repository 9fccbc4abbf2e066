package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// alone is a guest who fills a cart, logs in and buys it, at a price that has changed meanwhile.
func (p *play) alone(ctx context.Context) error {
	rice, people, err := p.meet(ctx, shop.Sale{Title: "有機玄米 2kg", Price: 1200, Tax: 8, Stock: 5}, "nanami")
	if err != nil {
		return err
	}
	towel, err := p.Sell(ctx, shop.Sale{Title: "今治タオル", Price: 800, Tax: 10, Stock: 5})
	if err != nil {
		return err
	}
	guest, err := p.Person(ctx, shop.JSON, shop.Account{ID: shop.Unique("guest"), Guest: true})
	if err != nil {
		return err
	}
	nanami := people[0]
	p.scene("Buying alone", slices.Concat([]fact{p.cart(guest), p.cart(nanami), p.stock("rice", rice), p.stock("towels", towel)}, p.purchase(nanami))...)
	for _, line := range []*cartv1.SetLineRequest{{Sku: rice.SKU, Quantity: 1}, {Sku: towel.SKU, Quantity: 2}} {
		if _, err := guest.Cart.SetLine(ctx, line); err != nil {
			return err
		}
	}
	if err := p.says(ctx, "A guest puts rice and two towels into the cart."); err != nil {
		return err
	}
	merged, err := nanami.Cart.MergeGuestCart(ctx, &cartv1.MergeGuestCartRequest{GuestToken: guest.Token})
	if err != nil {
		return err
	}
	if err := p.says(ctx, "She logs in as Nanami and keeps the cart: %s yen, 3,350 with shipping.", thousands(merged.GetCart().GetSubtotal().GetAmount())); err != nil {
		return err
	}
	return p.buy(ctx, nanami, rice, merged.GetCart().GetVersion())
}

func (p *play) buy(ctx context.Context, nanami *shop.Person, rice *shop.Goods, cart int64) error {
	if err := rice.Reprice(ctx, 1500); err != nil {
		return err
	}
	_, err := nanami.Order.Checkout(ctx, nanami.BuyCart(cart, shop.Shipped(2800)))
	change, ok := fault.Detail[*orderv1.PriceChange](err)
	if fault.ReasonOf(err) != fault.PriceChanged || !ok {
		return fmt.Errorf("should be PRICE_CHANGED: %w", err)
	}
	total := change.GetAmounts().GetTotal().GetAmount()
	if err := p.says(ctx, "The rice has gone up to 1,500 yen. Her checkout is refused before anything is held:\n    “%s” (PRICE_CHANGED)", message(err)); err != nil {
		return err
	}
	bought, err := nanami.Order.Checkout(ctx, nanami.BuyCart(cart, total))
	if err != nil {
		return err
	}
	if err := errors.Join(p.until(ctx, bought.GetOrder().GetOrderId(), "PAID"), p.emptied(ctx, nanami)); err != nil {
		return err
	}
	taxes := ""
	for _, tax := range bought.GetOrder().GetAmounts().GetTaxes() {
		taxes += fmt.Sprintf(", %d yen of tax at %d%%", tax.GetAmount().GetAmount(), tax.GetPercent())
	}
	return p.says(ctx, "She agrees: %s yen with %d for shipping%s.", thousands(total), bought.GetOrder().GetAmounts().GetShipping().GetAmount(), taxes)
}

// emptied waits until what was bought has left the cart.
func (p *play) emptied(ctx context.Context, who *shop.Person) error {
	return shop.Until(ctx, 40*time.Second, func(ctx context.Context) error {
		_, lines, err := p.CartDocument(ctx, who.ID)
		if err == nil && len(lines) > 0 {
			err = fmt.Errorf("the cart still holds %d lines", len(lines))
		}
		return err
	})
}

// threeDSecure is a card whose bank wants to see its owner.
func (p *play) threeDSecure(ctx context.Context) error {
	g, people, err := p.meet(ctx, apples(), "yasuo")
	if err != nil {
		return err
	}
	yasuo := people[0]
	p.scene("3-D Secure", slices.Concat([]fact{p.stock("apples", g), p.group(yasuo)}, p.purchase(yasuo))...)
	yasuo.Card = "pm_card_threeDSecure2Required"
	res, err := yasuo.Order.Checkout(ctx, yasuo.Start(g, 1))
	if err != nil {
		return err
	}
	if res.GetNextAction().GetClientSecret() == "" {
		return errors.New("checkout should answer a next action")
	}
	if err := p.says(ctx, "Yasuo's bank asks for him: checkout answers next_action with a client_secret. Seat and stock wait for ten minutes."); err != nil {
		return err
	}
	if err := p.AtBank(ctx, res.GetNextAction().GetClientSecret(), true); err != nil {
		return err
	}
	if err := p.until(ctx, res.GetOrder().GetOrderId(), "AWAITING_GROUP"); err != nil {
		return err
	}
	return p.says(ctx, "He confirms at the bank. Stripe's webhook, through Envoy, completes the order.")
}
