package main

import (
	"context"
	"log/slog"

	"github.com/issho-shop/issho/internal/caller"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// CheckCart holds the caller's cart against live prices and stock, and takes the differences on when asked to. Without order
// it says nothing about stock, since the prices are worth knowing anyway. What comes in meanwhile is looked at as well.
func (s *cartServer) CheckCart(ctx context.Context, req *cartv1.CheckCartRequest) (*cartv1.CheckCartResponse, error) {
	var seen sight
	look := func(c *cart.Cart) (err error) {
		seen, err = s.look(ctx, c)
		return err
	}
	var c cart.Cart
	var err error
	if req.GetAccept() {
		c, err = s.change(ctx, func(c *cart.Cart) (bool, error) {
			if err := look(c); err != nil {
				return false, err
			}
			return c.Accept(seen.found), nil
		})
	} else if c, err = s.carts.Load(ctx, caller.From(ctx).UserID); err == nil {
		err = look(&c)
	}
	if err != nil {
		return nil, err
	}
	res := &cartv1.CheckCartResponse{StockChecked: seen.stock}
	for _, d := range seen.found {
		res.Differences = append(res.Differences, wireDifference(d))
	}
	res.Cart, err = wireCart(c, seen.today)
	return res, err
}

// sight is how a cart compares with what is live.
type sight struct {
	today variants
	found []cart.Difference
	stock bool // whether it could be asked
}

func (s *cartServer) look(ctx context.Context, c *cart.Cart) (sight, error) {
	today, err := s.prices.live(ctx, c.SKUs()...)
	if err != nil {
		return sight{}, err
	}
	live, stock := s.live(ctx, c, today)
	return sight{today, c.Differences(live), stock}, nil
}

// live is what the cart's lines are now, and whether the stock of them could be asked.
func (s *cartServer) live(ctx context.Context, c *cart.Cart, today variants) (map[string]cart.Live, bool) {
	live := make(map[string]cart.Live, len(c.Lines))
	var skus []string
	for _, l := range c.Lines {
		if v, ok := today[l.SKU]; ok {
			live[l.SKU] = cart.Live{Price: v.GetPrice().GetAmount(), Currency: v.GetPrice().GetCurrency(), Available: cart.UnknownStock}
			skus = append(skus, l.SKU)
		}
	}
	if len(skus) == 0 {
		return live, true
	}
	res, err := s.orders.GetAvailability(ctx, &orderv1.GetAvailabilityRequest{Skus: skus})
	if err != nil {
		slog.WarnContext(ctx, "stock not checked", "error", err)
		return live, false
	}
	for _, a := range res.GetAvailabilities() {
		l := live[a.GetSku()]
		l.Available = a.GetUnits()
		live[a.GetSku()] = l
	}
	return live, true
}
