package e2e

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/issho-shop/issho/e2e/shop"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
)

// A second customer opens the invite without logging in, joins by checkout with it, and that forms and settles the group:
// both become PAID, the stock has fallen by two, and each has its points once.
func TestJoinAndSettle(t *testing.T) {
	t.Parallel()
	for _, wire := range shop.Wires {
		t.Run(string(wire), func(t *testing.T) {
			t.Parallel()
			p := starts(t, wire)
			looks(t, wire, p)
			p.joins(t)
			settled(t, p.second)
			p.bought(t)
			told(t, p.hanako, p.first.GetOrder().GetOrderId())
			told(t, p.taro, p.second.GetOrder().GetOrderId())
		})
	}
}

// looks is what a friend sees without a token: progress, and nothing of any person.
func looks(t *testing.T, wire shop.Wire, p *pair) {
	t.Helper()
	seen := must(open.Client(wire, "").Order.GetInvite(t.Context(), &orderv1.GetInviteRequest{Token: p.first.GetInvite().GetToken()}))(t)
	if g := seen.GetGroup(); g.GetConfirmed() != 1 || g.GetMinSize() != 2 || g.GetDeadline() == nil || seen.GetServerTime() == nil {
		t.Errorf("the invite shows %v", seen)
	}
	for _, secret := range []string{p.hanako.ID, p.hanako.Address, "渋谷区", p.first.GetOrder().GetOrderId()} {
		if strings.Contains(protojson.Format(seen), secret) || strings.Contains(p.first.GetInvite().GetToken(), secret) {
			t.Errorf("the invite tells %s", secret)
		}
	}
}

// settled holds what the member is told whose authorisation has formed and settled the group.
func settled(t *testing.T, res *orderv1.CheckoutResponse) {
	t.Helper()
	switch s := res.GetGroup().GetState(); s {
	case orderv1.GroupState_GROUP_STATE_SETTLED, orderv1.GroupState_GROUP_STATE_CLOSED:
	default:
		t.Errorf("the group is %v", s)
	}
	switch s := res.GetOrder().GetState(); s {
	case orderv1.OrderState_ORDER_STATE_CONFIRMED, orderv1.OrderState_ORDER_STATE_PAID:
	default:
		t.Errorf("the order is %v", s)
	}
	if res.GetOrder().GetFinalAmounts().GetTotal().GetAmount() != held {
		t.Errorf("%v is to be captured", res.GetOrder().GetFinalAmounts())
	}
}

// told holds what a customer reads afterwards.
func told(t *testing.T, who *shop.Person, orderID string) {
	t.Helper()
	res := must(who.Order.GetOrder(t.Context(), &orderv1.GetOrderRequest{OrderId: orderID}))(t)
	if res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_PAID || res.GetInvite() != nil {
		t.Errorf("%s reads %v, invite %v", who.ID, res.GetOrder(), res.GetInvite())
	}
	list := must(who.Order.ListOrders(t.Context(), &orderv1.ListOrdersRequest{}))(t)
	groups := must(who.Order.ListMyGroups(t.Context(), &orderv1.ListMyGroupsRequest{}))(t)
	if len(list.GetOrders()) != 1 || len(groups.GetGroups()) != 1 {
		t.Errorf("%s has %d orders and %d groups", who.ID, len(list.GetOrders()), len(groups.GetGroups()))
	}
}

// The same when every event and every task is delivered twice.
func TestJoinAndSettleWithEverythingTwice(t *testing.T) {
	ok(t, open.Duplicate(t.Context(), true))
	t.Cleanup(func() { ok(t, open.Duplicate(context.Background(), false)) })
	p := starts(t, shop.JSON)
	p.joins(t)
	p.bought(t)
	for _, job := range []string{"order-sweep", "payment-sweep", "reward-sweep"} {
		ok(t, open.Tick(t.Context(), job))
	}
	p.bought(t)
	entries := must(p.hanako.Reward.ListEntries(t.Context(), &rewardv1.ListEntriesRequest{}))(t)
	if n := len(entries.GetEntries()); n != 3 {
		t.Errorf("hanako's points moved %d times, want 3: %v", n, entries)
	}
}
