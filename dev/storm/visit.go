package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// weather is a storm under way.
type weather struct {
	*shop.Shop
	tally
	goods []*shop.Goods // the first is the hot one

	gone   atomic.Int64           // customers who are done
	killed atomic.Pointer[string] // the latest service that was
	kills  atomic.Int64

	mu      sync.Mutex
	invites map[*shop.Goods][]*orderv1.Invite // that go round among the customers
}

// prepare puts the goods up: of the hot one far less than is wanted.
func prepare(ctx context.Context, s *shop.Shop, o options) (*weather, error) {
	w := &weather{Shop: s, invites: map[*shop.Goods][]*orderv1.Invite{}, tally: newTally()}
	for i := range 4 {
		sale := shop.Sale{
			Title: "嵐の品", Price: 1980, Stock: int64(o.count), Tiers: []shop.Tier{{Size: 2, Price: 1480}, {Size: 3, Price: 1280}},
			Max: 3, Member: 100, Leader: 300, Inviter: 50,
		}
		if i == 0 {
			sale.Title, sale.Stock = "嵐の目玉品", max(2, int64(o.count)/8)
		}
		g, err := s.Sell(ctx, sale)
		if err != nil {
			return nil, err
		}
		w.goods = append(w.goods, g)
	}
	return w, nil
}

// visit is one customer's: with half of a chance to the hot campaign, by an invite if there is one, mostly.
func (w *weather) visit(ctx context.Context, dice *rand.Rand) error {
	card := "pm_card_visa"
	if dice.IntN(12) == 0 {
		card = "pm_card_chargeCustomerFail"
	}
	wire := shop.Wires[dice.IntN(len(shop.Wires))]
	var who *shop.Person
	err := shop.Until(ctx, 30*time.Second, func(ctx context.Context) (err error) { // whatever fails of it, each is somebody new
		who, err = w.Buyer(ctx, wire, "storm", card)
		return err
	})
	if err != nil {
		return err
	}
	g := w.goods[0]
	if dice.IntN(2) == 0 {
		g = w.goods[1+dice.IntN(len(w.goods)-1)]
	}
	kind, req := "start", who.Start(g, 1)
	if invite := w.invite(g, dice); invite != nil && dice.IntN(4) > 0 {
		kind, req = "join", who.Join(invite, g, 1)
	}
	order := w.buy(ctx, who, g, kind, req)
	if order != nil && dice.IntN(6) == 0 {
		w.buy(ctx, who, g, "repeat", req)
	}
	if order != nil && dice.IntN(8) == 0 {
		w.leave(ctx, who, order)
	}
	return ctx.Err()
}

// buy checks out, going on while that helps, and passes the invite on. It answers the order, if one was made.
func (w *weather) buy(ctx context.Context, who *shop.Person, g *shop.Goods, kind string, req *orderv1.CheckoutRequest) *orderv1.Order {
	var res *orderv1.CheckoutResponse
	w.time(kind, func() (err error) {
		res, err = patiently(ctx, func(ctx context.Context) (*orderv1.CheckoutResponse, error) { return who.Order.Checkout(ctx, req) })
		return err
	}, func() string { return state(res.GetOrder()) })
	if res.GetInvite() != nil {
		w.mu.Lock()
		w.invites[g] = append(w.invites[g], res.GetInvite())
		w.mu.Unlock()
	}
	return res.GetOrder()
}

// leave cancels an order: out of a group that gathers, or once it is bought.
func (w *weather) leave(ctx context.Context, who *shop.Person, order *orderv1.Order) {
	kind := "cancel"
	if order.GetState() == orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		kind = "leave"
	}
	var res *orderv1.CancelOrderResponse
	w.time(kind, func() (err error) {
		res, err = patiently(ctx, func(ctx context.Context) (*orderv1.CancelOrderResponse, error) {
			return who.Order.CancelOrder(ctx, &orderv1.CancelOrderRequest{OrderId: order.GetOrderId()})
		})
		return err
	}, func() string { return state(res.GetOrder()) })
}

// invite is one of the newest to the campaign: people share what is fresh.
func (w *weather) invite(g *shop.Goods, dice *rand.Rand) *orderv1.Invite {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.invites[g]
	if len(all) == 0 {
		return nil
	}
	newest := all[max(0, len(all)-4):]
	return newest[dice.IntN(len(newest))]
}

// patiently repeats what the shop says to repeat.
func patiently[T any](ctx context.Context, call func(context.Context) (T, error)) (res T, err error) {
	_ = shop.Until(ctx, 30*time.Second, func(ctx context.Context) error { // res and err tell the same
		res, err = call(ctx)
		switch fault.ReasonOf(err) {
		case fault.RequestInFlight, fault.Conflict, fault.StoreUnavailable, fault.ProviderUnavailable, fault.DependencyUnavailable,
			fault.Overloaded, fault.RateLimited:
			return err
		}
		if code := connect.CodeOf(err); code == connect.CodeDeadlineExceeded || code == connect.CodeUnavailable {
			return err
		}
		return nil
	})
	return res, err
}
