package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

func apples() shop.Sale {
	return shop.Sale{
		Title: "青森りんご 5kg", Price: 2980, Tax: 8, Stock: 10, Tiers: []shop.Tier{{Size: 2, Price: 2280}},
		Window: 10 * time.Minute, Member: 100, Leader: 300, Inviter: 50,
	}
}

// meet lets a merchant put goods up and customers come.
func (p *play) meet(ctx context.Context, sale shop.Sale, names ...string) (*shop.Goods, []*shop.Person, error) {
	g, err := p.Sell(ctx, sale)
	if err != nil {
		return nil, nil, err
	}
	var people []*shop.Person
	for _, name := range names {
		who, err := p.Buyer(ctx, shop.JSON, name, "pm_card_jcb")
		if err != nil {
			return nil, nil, err
		}
		people = append(people, who)
	}
	return g, people, nil
}

// together is the main story: two people buy at the group price.
func (p *play) together(ctx context.Context) error {
	g, people, err := p.meet(ctx, apples(), "hanako", "taro")
	if err != nil {
		return err
	}
	hanako, taro := people[0], people[1]
	p.scene("Buying together", slices.Concat([]fact{p.campaign(g), p.stock("apples", g), p.group(hanako)}, p.purchase(hanako), p.purchase(taro),
		[]fact{p.points(g, hanako), p.points(g, taro)})...)
	if err := p.says(ctx, "A merchant sells %s for 2,980 yen, or 2,280 in a group of two.", g.Product.GetTitle().GetJa()); err != nil {
		return err
	}

	start := hanako.Start(g, 1)
	first, err := hanako.Order.Checkout(ctx, start)
	if err != nil {
		return err
	}
	if err := p.says(ctx, "Hanako starts a group. Her card holds 2,830 yen, 550 of them for shipping. Nothing is charged yet."); err != nil {
		return err
	}

	seen, err := p.Client(shop.JSON, "").Order.GetInvite(ctx, &orderv1.GetInviteRequest{Token: first.GetInvite().GetToken()})
	if err != nil {
		return err
	}
	left := seen.GetGroup().GetDeadline().AsTime().Sub(seen.GetServerTime().AsTime()).Round(time.Second)
	if err := p.says(ctx, "Taro opens her link without logging in: %d of %d have paid, %.0f minutes are left. It tells nothing of her.",
		seen.GetGroup().GetConfirmed(), seen.GetGroup().GetMinSize(), left.Minutes()); err != nil {
		return err
	}
	return p.settle(ctx, first, taro.Join(first.GetInvite(), g, 1), taro, func() (*orderv1.CheckoutResponse, error) {
		return hanako.Order.Checkout(ctx, start)
	})
}

// settle has the second join, which settles the group, and the first ask again.
func (p *play) settle(ctx context.Context, first *orderv1.CheckoutResponse, join *orderv1.CheckoutRequest, taro *shop.Person, again func() (*orderv1.CheckoutResponse, error)) error {
	traced, trace := shop.Traced(ctx)
	began := time.Now()
	second, err := taro.Order.Checkout(traced, join)
	if err != nil {
		return err
	}
	took := time.Since(began)
	p.settled = trace
	err = errors.Join(p.until(ctx, first.GetOrder().GetOrderId(), "PAID"), p.until(ctx, second.GetOrder().GetOrderId(), "PAID"), p.earned(ctx, second))
	if err != nil {
		return err
	}
	if err := p.says(ctx, "Taro joins. The transaction that records his authorisation settles the group (answered after %d ms);\n"+
		"    tasks and events then take both payments and give the points.", took.Milliseconds()); err != nil {
		return err
	}
	repeat, err := again()
	if err != nil {
		return err
	}
	if repeat.GetOrder().GetOrderId() != first.GetOrder().GetOrderId() {
		return errors.New("the repeat made another order")
	}
	return p.says(ctx, "Hanako's app repeats its first request: the same order, which is %s by now. Nothing changes.",
		strings.TrimPrefix(repeat.GetOrder().GetState().String(), "ORDER_STATE_"))
}

// earned waits for the points, which come last.
func (p *play) earned(ctx context.Context, last *orderv1.CheckoutResponse) error {
	return shop.Until(ctx, 40*time.Second, func(ctx context.Context) error {
		rows, err := p.EarningsOf(ctx, last.GetOrder().GetCampaignId())
		if err == nil && len(rows) != 4 {
			err = fmt.Errorf("%d earnings, want 4", len(rows))
		}
		return err
	})
}

// nobodyJoins is a group that comes to nothing.
func (p *play) nobodyJoins(ctx context.Context) error {
	g, people, err := p.meet(ctx, apples(), "jiro")
	if err != nil {
		return err
	}
	jiro := people[0]
	p.scene("Nobody joins", slices.Concat([]fact{p.stock("apples", g), p.group(jiro)}, p.purchase(jiro))...)
	first, err := jiro.Order.Checkout(ctx, jiro.Start(g, 1))
	if err != nil {
		return err
	}
	if err := p.says(ctx, "Jiro starts a group, for ten minutes."); err != nil {
		return err
	}
	if err := p.Advance(10*time.Minute + time.Second); err != nil {
		return err
	}
	id := first.GetOrder().GetOrderId()
	if err := errors.Join(p.until(ctx, id, "CANCELLED"), p.voided(ctx, id)); err != nil {
		return err
	}
	return p.says(ctx, "Ten minutes later (the shop's clock is moved) it expires: the card is let go, the stock is back.")
}

// voided waits until the provider has let go.
func (p *play) voided(ctx context.Context, orderID string) error {
	return shop.Until(ctx, 40*time.Second, func(ctx context.Context) error {
		row, err := p.PaymentRow(ctx, orderID)
		if err == nil && row.State != "VOIDED" {
			err = fmt.Errorf("the payment is %s", row.State)
		}
		return err
	})
}

// lastSeat is a race for one seat.
func (p *play) lastSeat(ctx context.Context) error {
	g, people, err := p.meet(ctx, apples(), "shiro", "goro", "mutsumi")
	if err != nil {
		return err
	}
	shiro, racers := people[0], people[1:]
	first, err := shiro.Order.Checkout(ctx, shiro.Start(g, 1))
	if err != nil {
		return err
	}
	p.scene("The last seat", slices.Concat([]fact{p.group(shiro)}, p.purchase(racers[0]), p.purchase(racers[1]))...)
	if err := p.says(ctx, "One seat is left in Shiro's group."); err != nil {
		return err
	}
	var racing sync.WaitGroup
	errs := make([]error, len(racers))
	for i, who := range racers {
		racing.Go(func() { _, errs[i] = who.Order.Checkout(ctx, who.Join(first.GetInvite(), g, 1)) })
	}
	racing.Wait()
	lost := errors.Join(errs...)
	full := slices.IndexFunc(errs, func(err error) bool { return fault.ReasonOf(err) == fault.GroupFull })
	if full < 0 || errs[1-full] != nil {
		return fmt.Errorf("one should have lost by GROUP_FULL: %w", lost)
	}
	if err := p.until(ctx, first.GetOrder().GetOrderId(), "PAID"); err != nil {
		return err
	}
	ways, _ := fault.Detail[*orderv1.WaysOn](errs[full])
	return p.says(ctx, "Two reach for it at once. %s reads “%s” (GROUP_FULL)\n    with the ways on: start a group, or %s yen alone. Nothing is asked of that card.",
		name(racers[full]), message(errs[full]), thousands(ways.GetSoloPrice().GetAmount()))
}

// message is what the customer reads.
func message(err error) string {
	var refused *connect.Error
	if errors.As(err, &refused) {
		return refused.Message()
	}
	return err.Error()
}
