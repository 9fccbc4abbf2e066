package main

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/id"
)

// spending is the model of one order: what it holds, what it spent, whether anything was heard of it.
type spending struct {
	id          string
	held, spent int64 // spent and not given back
	paid, gone  bool
	lines       map[string]int64 // given back for single lines
}

// refusal is what a hold of n must answer when so many points are available.
func (s *spending) refusal(n, available int64) fault.Reason {
	switch {
	case s.paid || s.gone:
		return fault.OrderState
	case s.held > 0 && s.held != n:
		return fault.RequestIDReused
	case s.held == 0 && n > available:
		return fault.PointsNotEnough
	default:
		return ""
	}
}

func newSpending() *spending { return &spending{id: id.New("ord"), lines: map[string]int64{}} }

// TestSpendingAgainstModel holds, releases, pays, refunds lines of, and cancels three orders of one customer in every order, possible or not;
// the balance must be the model's after each step.
func TestSpendingAgainstModel(t *testing.T) {
	w := start(t)
	rapid.Check(t, func(t *rapid.T) {
		customer := "hanako" + id.New("")
		w.fund(customer)
		available := int64(100)
		orders := []*spending{newSpending(), newSpending(), newSpending()}
		points := rapid.Int64Range(1, 60)
		step := func(fn func(o *spending, n int64)) func(*rapid.T) {
			return func(t *rapid.T) { fn(rapid.SampledFrom(orders).Draw(t, "order"), points.Draw(t, "points")) }
		}
		t.Repeat(map[string]func(*rapid.T){
			"hold": step(func(o *spending, n int64) {
				want := o.refusal(n, available)
				if got := fault.ReasonOf(w.hold(o.id, customer, n)); got != want {
					t.Fatalf("hold: reason %q, want %q", got, want)
				}
				if want == "" && o.held == 0 {
					o.held, available = n, available-n
				}
			}),
			"release": step(func(o *spending, _ int64) {
				if _, err := w.service("order").ReleasePoints(w.t.Context(), &rewardv1.ReleasePointsRequest{OrderId: o.id}); err != nil {
					t.Fatal(err)
				}
				o.held, available = 0, available+o.held
			}),
			"paid": step(func(o *spending, n int64) {
				m := bought(o.id, "", customer)
				m.GroupId, m.Points = "", n-1
				w.deliver(w.orderEvent("order.paid", m))
				if !o.paid && !o.gone {
					available += o.held - m.GetPoints()
					o.held, o.spent, o.paid = 0, m.GetPoints(), true
				}
			}),
			"cancelled": step(func(o *spending, _ int64) {
				w.deliver(w.orderEvent("order.cancelled", bought(o.id, "", customer)))
				available += o.held + o.spent
				o.held, o.spent, o.gone = 0, 0, true
			}),
			"refund due": step(func(o *spending, n int64) {
				key := []string{"re_1/1", "re_1/2", "re_2/1"}[n%3]
				code := w.Deliver(w.base, w.refundDue(o.id, customer, key, n))
				if again := http.StatusServiceUnavailable; (code == again) != (!o.paid && !o.gone) {
					t.Fatalf("refund due: HTTP %d of an order that is paid: %v, cancelled: %v", code, o.paid, o.gone)
				}
				if _, known := o.lines[key]; o.paid && !o.gone && !known && n <= o.spent {
					o.lines[key] = n
					o.spent, available = o.spent-n, available+n
				}
			}),
			"": func(t *rapid.T) {
				want := balance{Available: available, Held: orders[0].held + orders[1].held + orders[2].held}
				if diff := cmp.Diff(want, w.balance(customer)); diff != "" {
					t.Fatalf("balance (-want +got):\n%s", diff)
				}
			},
		})
	})
	w.wantSound()
}
