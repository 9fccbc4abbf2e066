package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
)

// patience is for what happens behind a customer's back; a first attempt that died is followed by the sweep within seconds.
const patience = 40 * time.Second

// must unwraps what cannot fail in the story: must(f())(t).
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, fn func(context.Context) error) {
	t.Helper()
	ok(t, shop.Until(context.WithoutCancel(t.Context()), patience, fn))
}

// refused holds that err is a refusal of that reason, with its code and a sentence for the customer.
func refused(t testing.TB, err error, code connect.Code, reason fault.Reason) {
	t.Helper()
	if got := fault.ReasonOf(err); connect.CodeOf(err) != code || got != reason {
		t.Fatalf("refused with %v, %q, want %v, %s: %v", connect.CodeOf(err), got, code, reason, err)
	}
	if said := sentence(err); len(said) < 10 {
		t.Errorf("%s says nothing to the customer: %q", reason, said)
	}
}

// sentence is what the customer reads of a refusal.
func sentence(err error) string {
	var received *connect.Error
	if !errors.As(err, &received) {
		return ""
	}
	for _, d := range received.Details() {
		if m, err := d.Value(); err == nil {
			if said, ok := m.(*errdetails.LocalizedMessage); ok {
				return said.GetMessage()
			}
		}
	}
	return ""
}

// sale is what most stories sell: 10 units at 1,980 yen, or 1,480 in a group of two, with points.
func sale() shop.Sale {
	return shop.Sale{
		Title: "青森りんご 5kg", Price: 1980, Tax: 8, Stock: 10, Tiers: []shop.Tier{{Size: 2, Price: 1480}},
		Member: 100, Leader: 300, Inviter: 50,
	}
}

// held is what the group order of one unit of sale() holds: 1,480 and 550 for shipping.
const held = 1480 + 550

// order waits until an order's row is in that state.
func order(t testing.TB, id, state string) shop.OrderRow {
	t.Helper()
	var row shop.OrderRow
	eventually(t, func(ctx context.Context) (err error) {
		if row, err = open.OrderRow(ctx, id); err == nil && row.State != state {
			err = fmt.Errorf("%s is %s, want %s", id, row.State, state)
		}
		return err
	})
	return row
}

// stock waits until a SKU's row says so.
func stock(t testing.TB, g *shop.Goods, onHand, reserved int64) {
	t.Helper()
	want := shop.StockRow{SKU: g.SKU, OnHand: onHand, Reserved: reserved}
	eventually(t, func(ctx context.Context) error {
		got, err := open.StockRow(ctx, g.SKU)
		if diff := gocmp.Diff(want, got); err == nil && diff != "" {
			err = fmt.Errorf("stock (-want +got):\n%s", diff)
		}
		return err
	})
}

// charged waits until the provider's ledger has exactly one payment for the order, with that much taken of it.
func charged(t testing.TB, orderID string, authorised, captured int64) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		c, err := open.Charge(ctx, orderID)
		if err == nil && (c.Authorised != authorised || c.Captured != captured || c.Times("authorised") > 1 || c.Times("captured") > 1) {
			err = fmt.Errorf("the provider has %d authorised, %d captured, want %d, %d: %+v", c.Authorised, c.Captured, authorised, captured, c.Entries)
		}
		return err
	})
}

// released waits until the provider has let go of everything that it held for the order.
func released(t testing.TB, orderID string) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		c, err := open.Charge(ctx, orderID)
		if err == nil && (c.Status != "canceled" || c.Captured != 0 || c.Released != c.Authorised) {
			err = fmt.Errorf("the provider has %s, %d held, %d released, %d captured", c.Status, c.Authorised, c.Released, c.Captured)
		}
		return err
	})
}

// pair is two customers who buy together, as far as they have come.
type pair struct {
	goods         *shop.Goods
	hanako, taro  *shop.Person
	start, join   *orderv1.CheckoutRequest
	first, second *orderv1.CheckoutResponse
}

// meets has two customers find the same goods.
func meets(t testing.TB, w shop.Wire) *pair {
	t.Helper()
	p := &pair{
		goods:  must(open.Sell(t.Context(), sale()))(t),
		hanako: must(open.Buyer(t.Context(), w, "hanako", "pm_card_visa"))(t),
		taro:   must(open.Buyer(t.Context(), w, "taro", "pm_card_jcb"))(t),
	}
	p.start = p.hanako.Start(p.goods, 1)
	return p
}

// starts has the first of two start a group.
func starts(t testing.TB, w shop.Wire) *pair {
	t.Helper()
	p := meets(t, w)
	p.first = must(p.hanako.Order.Checkout(t.Context(), p.start))(t)
	return p
}

// joins has the second join by the invite.
func (p *pair) joins(t testing.TB) {
	t.Helper()
	p.join = p.taro.Join(p.first.GetInvite(), p.goods, 1)
	p.second = must(p.taro.Order.Checkout(t.Context(), p.join))(t)
}

// bought holds that both have bought, once: orders, stock, money and points.
func (p *pair) bought(t testing.TB) {
	t.Helper()
	for _, o := range []*orderv1.Order{p.first.GetOrder(), p.second.GetOrder()} {
		order(t, o.GetOrderId(), "PAID")
		charged(t, o.GetOrderId(), held, held)
	}
	stock(t, p.goods, 8, 0)
	p.earned(t)
}

// earned holds that each has its points, once, and the leader the bonus.
func (p *pair) earned(t testing.TB) {
	t.Helper()
	first, second := p.first.GetOrder().GetOrderId(), p.second.GetOrder().GetOrderId()
	want := []shop.EarningRow{
		{OrderID: second, Rule: "INVITER", CustomerID: p.hanako.ID, Points: 50},
		{OrderID: first, Rule: "LEADER", CustomerID: p.hanako.ID, Points: 300},
		{OrderID: first, Rule: "MEMBER", CustomerID: p.hanako.ID, Points: 100},
		{OrderID: second, Rule: "MEMBER", CustomerID: p.taro.ID, Points: 100},
	}
	eventually(t, func(ctx context.Context) error {
		got, err := open.EarningsOf(ctx, p.goods.Campaign.GetCampaignId())
		slices.SortFunc(got, func(a, b shop.EarningRow) int {
			return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.CustomerID, b.CustomerID))
		})
		if diff := gocmp.Diff(want, got); err == nil && diff != "" {
			err = fmt.Errorf("earnings (-want +got):\n%s", diff)
		}
		return err
	})
	pending(t, p.hanako, 450)
	pending(t, p.taro, 100)
}

// pending holds what a customer is told of points that are earned and not yet vested.
func pending(t testing.TB, who *shop.Person, points int64) {
	t.Helper()
	res := must(who.Reward.GetBalance(t.Context(), &rewardv1.GetBalanceRequest{}))(t)
	if res.GetPending() != points || res.GetAvailable() != 0 {
		t.Errorf("%s has %v, want %d pending", who.ID, res, points)
	}
}
