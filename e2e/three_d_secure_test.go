package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// asking is a card whose bank wants to see its owner.
const asking = "pm_card_threeDSecure2Required"

// begins has a customer start a group with a card that asks, and holds what they are told.
func begins(t *testing.T, card string) (*shop.Goods, *shop.Person, *orderv1.CheckoutRequest, *orderv1.CheckoutResponse) {
	t.Helper()
	goods := must(open.Sell(t.Context(), sale()))(t)
	hanako := must(open.Person(t.Context(), shop.Proto, shop.Account{ID: shop.Unique("hanako")}))(t)
	ok(t, hanako.Settle(t.Context()))
	hanako.Card = card
	req := hanako.Start(goods, 1)
	res := must(hanako.Order.Checkout(t.Context(), req))(t)
	if res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT || res.GetNextAction().GetClientSecret() == "" {
		t.Fatalf("checkout answers %v, next action %v", res.GetOrder().GetState(), res.GetNextAction())
	}
	if left := res.GetOrder().GetHoldEndTime().AsTime().Sub(res.GetServerTime().AsTime()); left < 9*time.Minute || left > 10*time.Minute {
		t.Errorf("the hold lasts %s, want 10 minutes", left)
	}
	if res.GetInvite() != nil || res.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_PENDING {
		t.Errorf("before the payment there is %v, invite %v", res.GetGroup(), res.GetInvite())
	}
	stock(t, goods, 10, 1)
	return goods, hanako, req, res
}

// A card that needs 3-D Secure: checkout answers next_action with a client_secret, the customer confirms at the provider,
// and the webhook, through Envoy, completes the order.
func TestThreeDSecure(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		card string // saved; empty when the app confirms
		pays func(ctx context.Context, secret string) error
	}{
		"a saved card": {asking, func(ctx context.Context, secret string) error {
			return open.AtBank(ctx, secret, true)
		}},
		"in the app": {"", func(ctx context.Context, secret string) error {
			return errors.Join(open.Pay(ctx, secret, asking), open.AtBank(ctx, secret, true))
		}},
		"in the app, with a card that does not ask": {"", func(ctx context.Context, secret string) error {
			return open.Pay(ctx, secret, "pm_card_visa")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goods, hanako, req, res := begins(t, tc.card)
			again := must(hanako.Order.Checkout(t.Context(), req))(t)
			if again.GetNextAction().GetClientSecret() != res.GetNextAction().GetClientSecret() {
				t.Errorf("a repeat answers another client_secret")
			}
			ok(t, tc.pays(t.Context(), res.GetNextAction().GetClientSecret()))
			id := res.GetOrder().GetOrderId()
			order(t, id, "AWAITING_GROUP")
			charged(t, id, held, 0)
			notified(t, id, "payment_intent.amount_capturable_updated")
			told := must(hanako.Order.GetOrder(t.Context(), &orderv1.GetOrderRequest{OrderId: id}))(t)
			if told.GetInvite().GetToken() == "" || told.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_OPEN {
				t.Errorf("the app reads %v, invite %v", told.GetGroup(), told.GetInvite())
			}
			stock(t, goods, 10, 1)
		})
	}
}

// notified holds that the provider's own notice has come, which can only have come through Envoy.
func notified(t *testing.T, orderID, kind string) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		c, err := open.Charge(ctx, orderID)
		if err != nil {
			return err
		}
		n, err := open.NoticesOf(ctx, c.ID, kind)
		if err == nil && n != 1 {
			err = errors.New("the webhook has not come")
		}
		return err
	})
}

// The bank says no: the order is cancelled, and seat and stock are back.
func TestThreeDSecureRefused(t *testing.T) {
	t.Parallel()
	goods, _, _, res := begins(t, asking)
	ok(t, open.AtBank(t.Context(), res.GetNextAction().GetClientSecret(), false))
	id := res.GetOrder().GetOrderId()
	if row := order(t, id, "CANCELLED"); row.CancelReason != "PAYMENT_FAILED" {
		t.Errorf("cancelled for %s", row.CancelReason)
	}
	stock(t, goods, 10, 0)
	released(t, id)
}

// If it never happens, the hold runs out and everything returns; who confirms later pays nothing.
func TestThreeDSecureAbandoned(t *testing.T) {
	goods, hanako, _, res := begins(t, asking)
	id := res.GetOrder().GetOrderId()

	ok(t, open.Advance(10*time.Minute+time.Second))

	if row := order(t, id, "CANCELLED"); row.CancelReason != "PAYMENT_TIMEOUT" {
		t.Errorf("cancelled for %s", row.CancelReason)
	}
	stock(t, goods, 10, 0)
	released(t, id)
	payment(t, id, "VOIDED")
	group := must(open.GroupRow(t.Context(), res.GetGroup().GetGroupId()))(t)
	if group.State != "ABORTED" || group.Held != 0 {
		t.Errorf("group %+v", group)
	}
	if err := open.AtBank(t.Context(), res.GetNextAction().GetClientSecret(), true); err == nil {
		t.Error("the bank still takes a confirmation of a payment that was given up")
	}
	// The customer is free to try again.
	hanako.Card = "pm_card_visa"
	again := must(hanako.Order.Checkout(t.Context(), hanako.Start(goods, 1)))(t)
	order(t, again.GetOrder().GetOrderId(), "AWAITING_GROUP")
}
