package main

import (
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/reward/internal/hold"
)

func (w *world) runTask(task testenv.Task) {
	w.t.Helper()
	if code := w.RunTask(w.base, task); code/100 != 2 {
		w.t.Fatalf("task %s: status %d", task.Name, code)
	}
}

func TestSweepChecksHoldsWhoseTaskWasLost(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	gone, kept := id.New("ord"), id.New("ord")
	for _, orderID := range []string{gone, kept} {
		if err := w.hold(orderID, "hanako", 30); err != nil {
			t.Fatal(err)
		}
	}
	w.orders.set(kept, orderv1.OrderState_ORDER_STATE_AWAITING_GROUP)
	w.Advance(hold.FirstCheck + time.Second)
	w.orders.setDown(true)
	_, err := w.service("scheduler").Sweep(t.Context(), &rewardv1.SweepRequest{})
	wantReason(t, err, fault.DependencyUnavailable)
	w.orders.setDown(false)
	for _, want := range []int64{2, 0} { // the kept hold is next asked for in an hour
		res, err := w.service("scheduler").Sweep(t.Context(), &rewardv1.SweepRequest{})
		if err != nil || res.GetCount() != want {
			t.Errorf("Sweep = %d, %v; want %d", res.GetCount(), err, want)
		}
	}
	w.wantBalance("hanako", balance{Available: 70, Held: 30})
	w.orders.set(kept, orderv1.OrderState_ORDER_STATE_CANCELLED)
	w.Advance(hold.NextCheck)
	if _, err := w.service("scheduler").Sweep(t.Context(), &rewardv1.SweepRequest{}); err != nil {
		t.Fatal(err)
	}
	w.wantBalance("hanako", balance{Available: 100})
	w.wantSound()
}

func TestSweepChecksHoldsBesideWhatFails(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	gone, unreadable := id.New("ord"), id.New("ord")
	for _, orderID := range []string{gone, unreadable} {
		if err := w.hold(orderID, "hanako", 30); err != nil {
			t.Fatal(err)
		}
	}
	w.orders.fail(unreadable)
	w.Advance(hold.FirstCheck + time.Second)
	_, err := w.service("scheduler").Sweep(t.Context(), &rewardv1.SweepRequest{})
	wantReason(t, err, fault.DependencyUnavailable)
	w.wantBalance("hanako", balance{Available: 70, Held: 30})
}
