package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

const (
	benchCampaigns = 8   // over which the groups spread
	warmUp         = 400 // purchases first, for the virtual machines of two emulators
	benchPurchases = 4   // of each customer, each in another campaign
	rushStock      = 200 // units in the rush
	rushBuyers     = 64  // at once
	rushUnits      = 4   // that each of them wants
)

// benchOrder has customers buy in groups of two, then has a crowd rush for too few units, and prints both.
func benchOrder(ctx context.Context, s *shop.Shop, o options) error {
	if o.behind > 0 {
		if err := pile(ctx, s, o.behind); err != nil {
			return err
		}
	}
	people, err := prepare(ctx, s, max(rushBuyers, o.count/benchPurchases/2*2))
	if err != nil {
		return err
	}
	if _, err := groups(ctx, s, options{count: warmUp, parallel: o.parallel}, people); err != nil {
		return err
	}
	bought, err := groups(ctx, s, o, people)
	if err != nil {
		return err
	}
	bought.after.print(bought.before, bought.n)
	fmt.Printf("\n| group checkouts through Envoy, %d at a time, %d orders behind | |\n|---|---|\n", o.parallel, o.behind)
	fmt.Printf("| checkouts | %d |\n| a second | %.1f |\n| p50 | %d ms |\n| p95 | %d ms |\n| refusals and errors | %s |\n| drained after | %.1f s |\n",
		bought.n, bought.rate, bought.p50.Milliseconds(), bought.p95.Milliseconds(), bought.refusals, bought.drained.Seconds())
	return rush(ctx, s, people[:rushBuyers])
}

// prepare has customers with an address and a saved card.
func prepare(ctx context.Context, s *shop.Shop, n int) ([]*shop.Person, error) {
	people := make([]*shop.Person, n)
	arriving, ctx := errgroup.WithContext(ctx)
	arriving.SetLimit(8)
	for i := range people {
		arriving.Go(func() error {
			return shop.Until(ctx, time.Minute, func(ctx context.Context) (err error) {
				people[i], err = s.Buyer(ctx, shop.Proto, "bench", "pm_card_visa")
				return err
			})
		})
	}
	return people, arriving.Wait()
}

// purchases are the figures of some, with how long after the last answer every event and task had done its work, and what all
// processes used meanwhile.
type purchases struct {
	figures
	drained       time.Duration
	before, after used
}

// groups measures purchases.
func groups(ctx context.Context, s *shop.Shop, o options, people []*shop.Person) (p purchases, err error) {
	goods := make([]*shop.Goods, benchCampaigns)
	for i := range goods {
		if goods[i], err = s.Sell(ctx, shop.Sale{
			Title: "計測の品", Price: 1980, Stock: int64(o.count), Tiers: []shop.Tier{{Size: 2, Price: 1480}}, Member: 100, Leader: 300, Inviter: 50,
		}); err != nil {
			return p, err
		}
	}
	if err := s.Drained(ctx, 2*time.Minute); err != nil { // what the preparation has left to do is not measured
		return p, err
	}
	if p.before, err = usedSoFar(); err != nil {
		return p, err
	}
	m, pairs := newMeasure(), len(people)/2
	buying, within := errgroup.WithContext(ctx)
	buying.SetLimit(o.parallel)
	for i := range o.count / 2 {
		pair, round := i%pairs, i/pairs
		buying.Go(func() error {
			return together(within, m, goods[(pair+round)%benchCampaigns], people[2*pair], people[2*pair+1])
		})
	}
	if err := buying.Wait(); err != nil {
		return p, err
	}
	p.figures = m.end()
	ended := time.Now()
	if err := s.Drained(ctx, 10*time.Minute); err != nil {
		return p, err
	}
	p.drained = time.Since(ended)
	p.after, err = usedSoFar()
	return p, err
}

// together is one group: one starts it, the other joins and so completes it. A refusal is in the figures and ends the group.
func together(ctx context.Context, m *measure, g *shop.Goods, leader, friend *shop.Person) error {
	var res *orderv1.CheckoutResponse
	start := leader.Start(g, 1)
	err := m.time(func() (err error) { res, err = pay(ctx, leader, start); return err })
	if err == nil && res.GetInvite() != nil {
		join := friend.Join(res.GetInvite(), g, 1)
		_ = m.time(func() error { _, err := pay(ctx, friend, join); return err })
	}
	return ctx.Err()
}

// pay checks out, and asks again while nobody knows whether the money is held: only then has somebody bought.
func pay(ctx context.Context, who *shop.Person, req *orderv1.CheckoutRequest) (res *orderv1.CheckoutResponse, err error) {
	_ = shop.Until(ctx, 30*time.Second, func(ctx context.Context) error { // res and err tell
		res, err = who.Order.Checkout(ctx, req)
		if err == nil && res.GetOrder().GetState() == orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT {
			return errors.New("not yet known")
		}
		return nil
	})
	return res, err
}

// rush has more buyers than there are units want them at once.
func rush(ctx context.Context, s *shop.Shop, people []*shop.Person) error {
	g, err := s.Sell(ctx, shop.Sale{Title: "計測の目玉品", Price: 1980, Stock: rushStock, Tiers: []shop.Tier{{Size: 2, Price: 1480}}, PerOrder: rushUnits})
	if err != nil {
		return err
	}
	m := newMeasure()
	rushing, within := errgroup.WithContext(ctx)
	for _, who := range people {
		rushing.Go(func() error {
			req := who.Start(g, rushUnits)
			_ = m.time(func() error { return insist(within, who, req) })
			return within.Err()
		})
	}
	if err := rushing.Wait(); err != nil {
		return err
	}
	f := m.end()
	row, err := s.StockRow(ctx, g.SKU)
	if err != nil {
		return err
	}
	fmt.Printf("\n| %d buyers of %d units each, %d units | |\n|---|---|\n", len(people), rushUnits, rushStock)
	fmt.Printf("| orders | %d |\n| a second | %.1f |\n| p95 | %d ms |\n| refusals and errors | %s |\n| units sold | %d |\n",
		f.n, f.rate, f.p95.Milliseconds(), f.refusals, row.Reserved+rushStock-row.OnHand)
	if sold := row.Reserved + rushStock - row.OnHand; sold != rushStock || f.n*rushUnits != rushStock {
		return errors.New("the units sold are not the units that there were")
	}
	return nil
}

// insist repeats a request while the shop says that this helps: the same request makes one order.
func insist(ctx context.Context, who *shop.Person, req *orderv1.CheckoutRequest) (err error) {
	_ = shop.Until(ctx, 30*time.Second, func(ctx context.Context) error { // err tells
		_, err = who.Order.Checkout(ctx, req)
		switch fault.ReasonOf(err) {
		case fault.RequestInFlight, fault.Conflict, fault.StoreUnavailable, fault.ProviderUnavailable, fault.DependencyUnavailable, fault.Overloaded, fault.RateLimited:
			return err
		}
		return nil
	})
	return err
}
