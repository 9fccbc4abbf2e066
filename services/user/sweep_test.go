package main

import (
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

func (d *desk) sweep(want int64) {
	d.t.Helper()
	res, err := d.internal("scheduler").Sweep(d.ctx, &userv1.SweepRequest{})
	if err != nil || res.GetCount() != want {
		d.t.Errorf("sweep = %v, %v; want %d", res, err, want)
	}
}

func TestSweep(t *testing.T) {
	d := open(t)
	first := d.add(hanako, "r1", false)
	d.sweep(0)
	d.Advance(7*24*time.Hour + time.Minute)
	d.sweep(1)
	d.sweep(0)
	if again := d.add(hanako, "r1", false); again.GetAddressId() != first.GetAddressId() || len(d.list(hanako)) != 1 {
		t.Error("a late repeat made a second address")
	}
	_, err := d.internal("order").Sweep(d.ctx, &userv1.SweepRequest{})
	refused(t, err, fault.CallerNotAllowed)
}
