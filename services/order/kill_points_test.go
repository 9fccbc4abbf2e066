package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/testenv"
)

// TestCaseD1KilledAtAnyCommit plays one story again and again: a group for two starts, settles, one order is paid, the other
// cancelled. Each time the process dies at another place, just before or just after one of its commits; what lies between
// two of them are the calls to others. A new process on the same database, and clients that repeat what got no answer, end
// the story as it ends without.
func TestCaseD1KilledAtAnyCommit(t *testing.T) {
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	for _, at := range killPoints() {
		t.Run(fmt.Sprintf("%s %d, committed %t", at.tag, at.nth, at.committed), func(t *testing.T) {
			g := openGate(t)
			g.cut = func(tag string, nth int, committed bool) bool { return at == killPoint{tag, nth, committed} }
			killed(t, g, direct).plays()
		})
	}
}

// killPoint is a commit, by its tag and number, and the side of it at which the process dies.
type killPoint struct {
	tag       string
	nth       int
	committed bool
}

// killPoints are the sides on which most is open; the long run takes both sides of all. A group of two is carried out in the
// commit that settles it; where a larger one is stopped, TestAnOutcomeGoesOnWhereItWasStopped looks.
func killPoints() []killPoint {
	few := []killPoint{
		{"checkout", 1, false}, {"checkout", 1, true}, {"authorised", 2, false}, {"authorised", 2, true},
		{"payment_captured", 1, false}, {"cancel_order", 1, true}, {"outbox_delete", 1, false},
	}
	if !long() {
		return few
	}
	return append(few, killPoint{"checkout", 2, false}, killPoint{"checkout", 2, true}, killPoint{"authorised", 1, false},
		killPoint{"authorised", 1, true}, killPoint{"payment_captured", 1, true},
		killPoint{"cancel_order", 1, false}, killPoint{"outbox_delete", 1, true})
}

// mortal is a shop whose process dies once, and is then started anew.
type mortal struct {
	*shop
	gate  *gate
	again bool // the new process runs
}

// killed opens a shop whose process speaks to its database through the gate.
func killed(t *testing.T, g *gate, direct string) *mortal {
	t.Helper()
	s := &mortal{shop: unserved(t), gate: g}
	t.Setenv("SPANNER_EMULATOR_HOST", g.addr)
	var inside atomic.Pointer[server]
	s.base = testenv.Serve(s.w, serving(&inside))
	testenv.Eventually(t, func() error { return differ("serving", inside.Load() != nil, true) })
	t.Setenv("SPANNER_EMULATOR_HOST", direct)
	return s
}

// until repeats a step, on the new process once the old one is dead.
func (s *mortal) until(step func() error) {
	s.t.Helper()
	testenv.Eventually(s.t, func() error {
		err := step()
		if err != nil && s.gate.isDead() && !s.again {
			s.again = true
			s.base = testenv.Serve(s.w, run)
		}
		return err
	})
}

func (s *mortal) checksOut(user string, req *orderv1.CheckoutRequest) (res *orderv1.CheckoutResponse) {
	s.t.Helper()
	s.until(func() (err error) {
		if res, err = s.as(user).Checkout(s.t.Context(), req); err == nil && res.GetOrder().GetState() == orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT {
			err = fmt.Errorf("%s waits for the payment", user)
		}
		return err
	})
	return res
}

func (s *mortal) plays() {
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Points, req.ExpectedTotal = 200, yen(1350)
	first := s.checksOut("hanako", req)
	second := s.checksOut("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	s.until(func() error {
		_, err := s.by("tasks").FanOut(s.t.Context(), &orderv1.FanOutRequest{GroupId: first.GetGroup().GetGroupId()})
		return err
	})
	s.until(func() error {
		e := testenv.NewEvent(s.t, "payment", "payment.captured", "payment/"+s.paymentOf(second), 2, &paymentv1.PaymentEvent{OrderId: second})
		return differ("answer", s.w.Deliver(s.base, e)/100, 2)
	})
	s.until(func() error {
		_, err := s.cancel("hanako", first.GetOrder().GetOrderId())
		return err
	})
	s.ends(c.Skus[0], first.GetOrder().GetOrderId(), second)
}

func (s *mortal) ends(sku, first, second string) {
	s.t.Helper()
	if s.until(func() error { // the commit at which it dies may be one of the outbox
		return differ("dead", s.gate.isDead(), true)
	}); !s.again {
		s.base = testenv.Serve(s.w, run)
	}
	if o := s.order("hanako", first); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_CUSTOMER || o.GetVersion() != 4 {
		s.t.Errorf("hanako's order = %v", o)
	}
	if o := s.order("taro", second); o.GetState() != orderv1.OrderState_ORDER_STATE_PAID || o.GetVersion() != 4 {
		s.t.Errorf("taro's order = %v", o)
	}
	s.wantCounts(sku, 9, 0)
	s.w.Advance(10 * time.Second)
	testenv.Eventually(s.t, func() error {
		s.tick() // what the dead process left in the outbox
		for subject, typ := range map[string]string{"order/" + first: "order.cancelled", "order/" + second: "order.paid"} {
			if err := differ(typ, s.happened(typ, subject), 1); err != nil {
				return err
			}
		}
		return differ("left in the outbox", count(s.t, s.shop, "Outbox"), 0)
	})
	s.verify()
}
