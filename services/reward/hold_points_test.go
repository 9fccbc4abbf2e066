package main

import (
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

func TestHoldPointsOncePerOrder(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	orderID := id.New("ord")
	for range 2 {
		if err := w.hold(orderID, "hanako", 60); err != nil {
			t.Fatal(err)
		}
	}
	w.wantBalance("hanako", balance{Available: 40, Held: 60})
	wantReason(t, w.hold(orderID, "hanako", 30), fault.RequestIDReused)
	wantReason(t, w.hold(orderID, "taro", 60), fault.RequestIDReused)
	w.wantBalance("hanako", balance{Available: 40, Held: 60})
	if task := w.WaitTask("reward-hold"); task.Due.IsZero() {
		t.Error("the check is due at once")
	}
	w.wantSound()
}

func TestHoldPointsRefusesMoreThanThereAre(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	err := w.hold(id.New("ord"), "hanako", 101)
	wantReason(t, err, fault.PointsNotEnough)
	if got := fault.Meta(err, "balance"); got != "100" {
		t.Errorf("balance %q, want 100", got)
	}
	wantReason(t, w.hold(id.New("ord"), "nobody", 1), fault.PointsNotEnough)
	w.wantBalance("hanako", balance{Available: 100})
	w.wantKinds("hanako", points.KindEarn, points.KindVest)
}

func TestHoldPointsAgainAfterARelease(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	orderID := id.New("ord")
	for _, n := range []int64{60, 30} {
		if err := w.hold(orderID, "hanako", n); err != nil {
			t.Fatal(err)
		}
		w.wantBalance("hanako", balance{Available: 100 - n, Held: n})
		w.release(orderID)
		w.wantBalance("hanako", balance{Available: 100})
	}
	w.wantSound()
}

func TestHoldPointsRefusesAnOrderThatIsOver(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	m := bought(id.New("ord"), "", "hanako")
	w.deliver(w.orderEvent("order.cancelled", m))
	wantReason(t, w.hold(m.GetOrderId(), "hanako", 10), fault.OrderState)
}

func TestHoldPointsIsForOrderAlone(t *testing.T) {
	w := start(t)
	req := &rewardv1.HoldPointsRequest{OrderId: id.New("ord"), CustomerId: "hanako", Points: 1}
	_, err := w.service("cart").HoldPoints(t.Context(), req)
	wantReason(t, err, fault.CallerNotAllowed)
	for _, bad := range []*rewardv1.HoldPointsRequest{
		{OrderId: "ord_1", CustomerId: "hanako", Points: 1},
		{OrderId: req.GetOrderId(), Points: 1},
		{OrderId: req.GetOrderId(), CustomerId: "hanako"},
	} {
		_, err := w.service("order").HoldPoints(t.Context(), bad)
		wantReason(t, err, fault.FieldInvalid)
	}
}
