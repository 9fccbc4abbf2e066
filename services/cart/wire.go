package main

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/money"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// wireCart answers a cart at today's prices. Amounts of one cart are in one currency and far from overflowing; a catalog
// that says otherwise is an error.
func wireCart(c cart.Cart, today variants) (*cartv1.Cart, error) {
	subtotal := money.JPY(0)
	m := &cartv1.Cart{Version: c.Version, Unpriced: today == nil}
	if c.ExpireTime != nil {
		m.ExpireTime = timestamppb.New(*c.ExpireTime)
	}
	for _, l := range c.Saved {
		m.Saved = append(m.Saved, wireLine(l, today))
	}
	for _, l := range c.Lines {
		line := wireLine(l, today)
		m.Lines = append(m.Lines, line)
		if !line.GetForSale() {
			continue
		}
		price := line.GetUnitPrice()
		sum, err := money.Money{Amount: price.GetAmount(), Currency: price.GetCurrency()}.Mul(l.Quantity)
		if err != nil {
			return nil, err
		}
		if subtotal, err = subtotal.Add(sum); err != nil {
			return nil, err
		}
	}
	m.Subtotal = wireMoney(subtotal.Amount, subtotal.Currency)
	return m, nil
}

func wireLine(l cart.Line, today variants) *cartv1.CartLine {
	m := &cartv1.CartLine{
		Sku:                l.SKU,
		Quantity:           int32(l.Quantity),
		UnitPriceWhenAdded: wireMoney(l.Price, l.Currency),
	}
	if v, ok := today[l.SKU]; ok {
		m.ForSale = true
		m.ProductId = v.GetProductId()
		m.Title = v.GetTitle()
		m.Options = v.GetOptions()
		m.UnitPrice = v.GetPrice()
	}
	return m
}

func wireDifference(d cart.Difference) *cartv1.Difference {
	m := &cartv1.Difference{Sku: d.Line.SKU, Kind: cartv1.DifferenceKind(cartv1.DifferenceKind_value["DIFFERENCE_KIND_"+string(d.Kind)])}
	switch d.Kind {
	case cart.PriceRaised, cart.PriceLowered:
		m.PriceWhenAdded, m.Price = wireMoney(d.Line.Price, d.Line.Currency), wireMoney(d.Live.Price, d.Live.Currency)
	case cart.SoldOut, cart.FewerLeft:
		m.Quantity, m.Available = int32(d.Line.Quantity), int32(max(d.Live.Available, 0))
	}
	return m
}

func wireMoney(amount int64, currency string) *typev1.Money {
	return &typev1.Money{Amount: amount, Currency: currency}
}
