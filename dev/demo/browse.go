package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
)

// browse is a customer who looks for something, misspells it, and comes back to a cart in which things have changed.
func (p *play) browse(ctx context.Context) error {
	// The name is made up, so that nobody else's goods are found by it.
	matcha, people, err := p.meet(ctx, shop.Sale{Title: "抹茶ガトーショコラ 6個入", Price: 1980, Tax: 8, Stock: 5, Tiers: []shop.Tier{{Size: 2, Price: 1580}}}, "hanako")
	if err != nil {
		return err
	}
	cups, err := p.Sell(ctx, shop.Sale{Title: "益子焼の湯のみ", Price: 2200, Tax: 10, Stock: 3})
	if err != nil {
		return err
	}
	hanako := people[0]
	p.scene("Browsing", p.cart(hanako), p.stock("chocolate", matcha), p.stock("cups", cups))
	if err := p.find(ctx, hanako, "抹茶ガトーショコラ", matcha); err != nil {
		return err
	}
	if err := p.find(ctx, hanako, "抹茶ガトーショコレ", matcha); err != nil { // レ where ラ should be
		return err
	}
	for _, line := range []*cartv1.SetLineRequest{{Sku: matcha.SKU, Quantity: 2}, {Sku: cups.SKU, Quantity: 3}} {
		if _, err := hanako.Cart.SetLine(ctx, line); err != nil {
			return err
		}
	}
	if err := p.says(ctx, "Two boxes and three cups go into the cart."); err != nil {
		return err
	}
	return p.changed(ctx, hanako, matcha, cups)
}

// find searches until what was put up is found: within two seconds of its writing.
func (p *play) find(ctx context.Context, who *shop.Person, query string, wanted *shop.Goods) error {
	var res *searchv1.SearchResponse
	began := time.Now()
	err := shop.Until(ctx, 20*time.Second, func(ctx context.Context) (err error) {
		if res, err = who.Search.Search(ctx, &searchv1.SearchRequest{Query: query}); err != nil {
			return err
		}
		for _, h := range res.GetHits() {
			if h.GetProductId() == wanted.Product.GetProductId() {
				return nil
			}
		}
		return fmt.Errorf("%s does not find %s", query, wanted.Product.GetTitle().GetJa())
	})
	if err != nil {
		return err
	}
	how := "as it was typed"
	if res.GetCorrected() {
		how = "though it was misspelt"
	}
	var bands []string
	for _, b := range res.GetFacets().GetPriceBands() {
		bands = append(bands, fmt.Sprintf("%d at %s", b.GetCount(), band(b.GetMinPrice(), b.GetMaxPrice())))
	}
	return p.says(ctx, "“%s” finds %d products, %s (after %d ms):\n    %s; %d in stock, a group may be started on %d.", query, res.GetTotal(), how,
		time.Since(began).Milliseconds(), strings.Join(bands, ", "), res.GetFacets().GetInStock(), res.GetFacets().GetGroupOpen())
}

// changed is what the cart says when a price has risen and others were faster.
func (p *play) changed(ctx context.Context, hanako *shop.Person, matcha, cups *shop.Goods) error {
	if err := matcha.Reprice(ctx, 2180); err != nil {
		return err
	}
	if err := cups.Restock(ctx, 1); err != nil {
		return err
	}
	var res *cartv1.CheckCartResponse
	err := shop.Until(ctx, 10*time.Second, func(ctx context.Context) (err error) {
		res, err = hanako.Cart.CheckCart(ctx, &cartv1.CheckCartRequest{})
		if err == nil && (len(res.GetDifferences()) != 2 || !left(res, cups.SKU, 1)) { // counts are up to a second old
			err = fmt.Errorf("want a risen price, and one cup left: %v", res)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := p.says(ctx, "The merchant raises a price, and other customers buy cups. The cart is checked against live prices and stock:\n    %s", explained(res)); err != nil {
		return err
	}
	res, err = hanako.Cart.CheckCart(ctx, &cartv1.CheckCartRequest{Accept: true})
	if err != nil {
		return err
	}
	if got, want := res.GetCart().GetSubtotal().GetAmount(), int64(2*2180+2200); got != want {
		return fmt.Errorf("the cart that was taken on is %d yen, want %d", got, want)
	}
	saved, err := hanako.Cart.SaveForLater(ctx, &cartv1.SaveForLaterRequest{Sku: cups.SKU})
	if err != nil {
		return err
	}
	if len(saved.GetCart().GetSaved()) != 1 {
		return errors.New("the cup should be saved for later")
	}
	return p.says(ctx, "She takes that on: %s yen. Then she keeps the cup for later: %s yen.",
		thousands(res.GetCart().GetSubtotal().GetAmount()), thousands(saved.GetCart().GetSubtotal().GetAmount()))
}

// left tells whether the check of a cart says that so many of a SKU are left.
func left(res *cartv1.CheckCartResponse, sku string, units int32) bool {
	return slices.ContainsFunc(res.GetDifferences(), func(d *cartv1.Difference) bool {
		return d.GetSku() == sku && d.GetKind() == cartv1.DifferenceKind_DIFFERENCE_KIND_FEWER_LEFT && d.GetAvailable() == units
	})
}

// explained says in words what has changed.
func explained(res *cartv1.CheckCartResponse) string {
	var told []string
	for _, d := range res.GetDifferences() {
		switch d.GetKind() {
		case cartv1.DifferenceKind_DIFFERENCE_KIND_PRICE_RAISED, cartv1.DifferenceKind_DIFFERENCE_KIND_PRICE_LOWERED:
			told = append(told, fmt.Sprintf("a price was %s yen and is %s", thousands(d.GetPriceWhenAdded().GetAmount()), thousands(d.GetPrice().GetAmount())))
		case cartv1.DifferenceKind_DIFFERENCE_KIND_FEWER_LEFT:
			told = append(told, fmt.Sprintf("%d were wanted and %d is left", d.GetQuantity(), d.GetAvailable()))
		default:
			told = append(told, strings.TrimPrefix(d.GetKind().String(), "DIFFERENCE_KIND_"))
		}
	}
	return strings.Join(told, "; ")
}

// band is a range of prices in words.
func band(from, below int64) string {
	if below == 0 {
		return thousands(from) + " yen and more"
	}
	return thousands(from) + " to " + thousands(below) + " yen"
}
