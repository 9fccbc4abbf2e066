package main

import (
	"fmt"
	"testing"
	"time"

	"connectrpc.com/connect"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/id"
)

// TestAnOutcomeGoesOnWhereItWasStopped carries the outcome of a group of five in batches of two, the second of which fails:
// the count of what its members bought cannot be written.
func TestAnOutcomeGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand, "FAN_OUT_BATCH", "2")
	c := s.campaign(6, 9, 10)
	other := id.New("sku")
	c.Skus = append(c.Skus, other)
	both := []*catalogv1.PricedVariant{{Sku: c.Skus[0], MerchantId: "m_1", Price: yen(1200), TaxPercent: 8}, {Sku: other, MerchantId: "m_1", Price: yen(1200), TaxPercent: 8}}
	s.offer(c, both...)
	s.stock(other, 10)
	first := s.buy("a", start(c))
	orders := map[string]string{"a": first.GetOrder().GetOrderId()}
	for _, user := range []string{"b", "c", "d", "e"} {
		req := join(c, first.GetInvite())
		if user > "b" {
			req.GetJoin().Sku = other
		}
		orders[user] = s.buy(user, req).GetOrder().GetOrderId()
	}
	groupID := first.GetGroup().GetGroupId()
	if _, err := s.stop(groupID); err != nil {
		t.Fatal(err)
	}
	carry := func() error {
		_, err := s.by("tasks").FanOut(t.Context(), &orderv1.FanOutRequest{GroupId: groupID})
		return err
	}
	s.execute(fmt.Sprintf(`UPDATE Stock SET Reserved = 0 WHERE Sku = %q`, other))
	if err := carry(); connect.CodeOf(err) != connect.CodeInternal {
		t.Errorf("FanOut = %v, want it stopped", err)
	}
	for user, orderID := range orders {
		want := orderv1.OrderState_ORDER_STATE_AWAITING_GROUP
		if user <= "b" {
			want = orderv1.OrderState_ORDER_STATE_CANCELLED
		}
		if got := s.order(user, orderID).GetState(); got != want {
			t.Errorf("stopped midway, %s's order is %s, want %s", user, got, want)
		}
	}
	s.execute(fmt.Sprintf(`UPDATE Stock SET Reserved = 3 WHERE Sku = %q`, other))
	for range 2 {
		if err := carry(); err != nil {
			t.Fatal(err)
		}
	}
	for user, orderID := range orders {
		if o := s.order(user, orderID); o.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || o.GetVersion() != 3 {
			t.Errorf("%s's order = %v", user, o)
		}
	}
	s.wantCounts(other, 10, 0)
	s.verify()
}

func TestWhoIsHeldWhenAGroupExpiresHasTimedOut(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	c := s.campaign(3, 3, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24*time.Hour - time.Minute)
	req := join(c, first.GetInvite())
	req.Payment = saved("pm_card_silent")
	held := s.buy("taro", req).GetOrder().GetOrderId()
	s.w.Advance(4 * time.Minute)
	groupID := first.GetGroup().GetGroupId()
	if _, err := s.by("tasks").ReachDeadline(t.Context(), &orderv1.ReachDeadlineRequest{GroupId: groupID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.by("tasks").FanOut(t.Context(), &orderv1.FanOutRequest{GroupId: groupID}); err != nil {
		t.Fatal(err)
	}
	if o := s.order("taro", held); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_PAYMENT_TIMEOUT {
		t.Errorf("the held order = %v", o)
	}
	if g := s.group("taro", groupID); g.GetMembership().GetState() != orderv1.MemberState_MEMBER_STATE_TIMED_OUT || g.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_EXPIRED || g.GetGroup().GetHeld() != 1 {
		t.Errorf("the group = %v", g)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}
