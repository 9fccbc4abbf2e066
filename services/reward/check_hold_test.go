package main

import (
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/reward/internal/hold"
)

func TestCheckHold(t *testing.T) {
	tests := []struct {
		name  string
		state orderv1.OrderState
		want  balance
	}{
		{"no such order", orderv1.OrderState_ORDER_STATE_UNSPECIFIED, balance{Available: 100}},
		{"cancelled", orderv1.OrderState_ORDER_STATE_CANCELLED, balance{Available: 100}},
		{"waiting for its payment", orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT, balance{Available: 40, Held: 60}},
		{"paid", orderv1.OrderState_ORDER_STATE_PAID, balance{Available: 40, Held: 60}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t)
			w.fund("hanako")
			orderID := id.New("ord")
			if err := w.hold(orderID, "hanako", 60); err != nil {
				t.Fatal(err)
			}
			w.orders.set(orderID, tt.state)
			task := w.WaitTask("reward-hold")
			w.runTask(task)
			w.wantBalance("hanako", balance{Available: 40, Held: 60}) // too early
			w.Advance(hold.FirstCheck + time.Second)
			w.runTask(task)
			w.runTask(task)
			w.wantBalance("hanako", tt.want)
			w.wantSound()
		})
	}
}

func TestCheckHoldWaitsForOrder(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	if err := w.hold(id.New("ord"), "hanako", 60); err != nil {
		t.Fatal(err)
	}
	w.Advance(hold.FirstCheck + time.Second)
	w.orders.setDown(true)
	if code := w.RunTask(w.base, w.WaitTask("reward-hold")); code/100 != 5 {
		t.Errorf("status %d while order is down, want 5xx", code)
	}
	w.wantBalance("hanako", balance{Available: 40, Held: 60})
}
