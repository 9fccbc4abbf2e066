package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
)

// A group that nobody joins expires at its deadline: the authorisation is voided, the stock returns, the order is CANCELLED
// (GROUP_EXPIRED), there is no reward, and nobody can join any more.
func TestGroupExpires(t *testing.T) {
	p := starts(t, shop.JSON)
	id := p.first.GetOrder().GetOrderId()
	stock(t, p.goods, 10, 1)

	ok(t, open.Advance(24*time.Hour+time.Second))

	if row := order(t, id, "CANCELLED"); row.CancelReason != "GROUP_EXPIRED" {
		t.Errorf("cancelled for %s", row.CancelReason)
	}
	stock(t, p.goods, 10, 0)
	released(t, id)
	payment(t, id, "VOIDED")
	group := must(open.GroupRow(t.Context(), p.first.GetGroup().GetGroupId()))(t)
	if group.State != "EXPIRED" && group.State != "CLOSED" {
		t.Errorf("the group is %s", group.State)
	}
	told := must(p.hanako.Order.GetOrder(t.Context(), &orderv1.GetOrderRequest{OrderId: id}))(t).GetOrder()
	if told.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || told.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_GROUP_EXPIRED {
		t.Errorf("the customer is told %v, %v", told.GetState(), told.GetCancelReason())
	}

	_, err := p.taro.Order.Checkout(t.Context(), p.taro.Join(p.first.GetInvite(), p.goods, 1))
	refused(t, err, connect.CodeFailedPrecondition, fault.GroupOver)
	waysOn(t, err)
	untouched(t, p.taro)
	earned := must(open.EarningsOf(t.Context(), p.goods.Campaign.GetCampaignId()))(t)
	entries := must(p.hanako.Reward.ListEntries(t.Context(), &rewardv1.ListEntriesRequest{}))(t)
	if len(earned) != 0 || len(entries.GetEntries()) != 0 {
		t.Errorf("earned %v, entries %v", earned, entries)
	}
}

// payment waits until the payment of an order is in that state.
func payment(t testing.TB, orderID, state string) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		row, err := open.PaymentRow(ctx, orderID)
		if err == nil && row.State != state {
			err = fmt.Errorf("the payment is %s, want %s", row.State, state)
		}
		return err
	})
}

// waysOn holds what somebody who lost a seat is offered instead.
func waysOn(t testing.TB, err error) *orderv1.WaysOn {
	t.Helper()
	ways, found := fault.Detail[*orderv1.WaysOn](err)
	if !found || !ways.GetCanStart() || ways.GetSoloPrice().GetAmount() != 1980 || ways.GetServerTime() == nil {
		t.Errorf("the ways on are %v", ways)
	}
	return ways
}

// untouched holds that a customer has no order and no payment: nothing was ever asked of their card.
func untouched(t testing.TB, who *shop.Person) {
	t.Helper()
	orders := must(open.OrdersOf(t.Context(), who.ID))(t)
	payments := must(open.PaymentsOf(t.Context(), who.ID))(t)
	if len(orders) != 0 || len(payments) != 0 {
		t.Errorf("%s has orders %v and payments %v", who.ID, orders, payments)
	}
}
