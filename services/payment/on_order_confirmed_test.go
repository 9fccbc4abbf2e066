package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func TestCapture(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.confirm(orderID)
	p := x.reaches(orderID, payment.Captured)
	if p.Captured != total || p.ToCapture != total {
		t.Errorf("row: captured %d of %d", p.Captured, p.ToCapture)
	}
	if in := x.charge(orderID); in.Captured != total || in.count("captured") != 1 {
		t.Errorf("the provider's ledger: %+v, want one capture", in)
	}
	want := []payment.State{payment.Created, payment.Authorised, payment.Capturing, payment.Captured}
	if diff := cmp.Diff(want, x.states(orderID)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"payment.authorised", "payment.captured"}, x.events(orderID)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	x.confirm(orderID) // long after
	x.work()
	if again := x.row(orderID); again.Version != p.Version {
		t.Errorf("version %d after a late repeat, want %d", again.Version, p.Version)
	}
	if n := x.count("Journals"); n != 1 {
		t.Errorf("%d journals, want the capture's", n)
	}
	x.sound()
}

// A great settlement: what is more than the provider bears at once takes its turn in the queue.
func TestManyCapturesTakeTheirTurn(t *testing.T) {
	x := open(t, func(x *shop) { x.w.Set("CAPTURES_PER_SECOND", "0.001") })
	var orders []string
	for range 5 {
		orders = append(orders, x.authorised())
	}
	for _, orderID := range orders {
		x.w.Deliver(x.base, x.orderEvent("order.confirmed", orderID, total))
	}
	for i, orderID := range orders {
		want := payment.Capturing
		if i < leastBurst {
			want = payment.Captured
		}
		if p := x.row(orderID); p.State != want {
			t.Errorf("payment %d of a settlement is %s, want %s", i+1, p.State, want)
		}
	}
	for _, orderID := range orders {
		x.reaches(orderID, payment.Captured)
		if n := x.charge(orderID).count("captured"); n != 1 {
			t.Errorf("captured %d times", n)
		}
	}
	x.sound()
}

// A group that has reached a better tier pays less than was held.
func TestCaptureOfLess(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.w.DeliverTwice(x.base, x.orderEvent("order.confirmed", orderID, 1480))
	p := x.reaches(orderID, payment.Captured)
	if in := x.charge(orderID); in.Captured != 1480 || in.Released != total-1480 || p.Captured != 1480 {
		t.Errorf("captured %d at the provider, %d here, %d released; want 1480 and the rest released", in.Captured, p.Captured, in.Released)
	}
	x.sound()
}

func TestConfirmedRefuses(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	for name, amount := range map[string]int64{"more than is held": total + 1, "no amount": 0} {
		t.Run(name, func(t *testing.T) {
			x := x.in(t)
			if code := x.w.Deliver(x.base, x.orderEvent("order.confirmed", orderID, amount)); code/100 != 2 {
				t.Errorf("HTTP %d, want 2xx: refused for good", code)
			}
		})
	}
	if dead := countEvents(x, "order-payment-dead"); dead != 2 {
		t.Errorf("%d dead letters, want 2", dead)
	}
	if p := x.row(orderID); p.State != payment.Authorised {
		t.Errorf("row: %s, want AUTHORISED", p.State)
	}
}

func countEvents(x *shop, topic string) (n int) {
	for _, e := range x.w.Events() {
		if e.Topic == topic {
			n++
		}
	}
	return n
}

// The event has overtaken its cause: it is to come again.
func TestConfirmedTooEarly(t *testing.T) {
	x := open(t)
	if code := x.w.Deliver(x.base, x.orderEvent("order.confirmed", newOrder(), total)); code != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d for an order without payment, want 503", code)
	}
	orderID := newOrder()
	x.authorise(orderID, "pm_card_threeDSecure2Required")
	if code := x.w.Deliver(x.base, x.orderEvent("order.confirmed", orderID, total)); code != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d for a payment in ACTION, want 503", code)
	}
}

// What goes wrong on the way to a capture is tried again, and the money is taken once.
func TestCaptureAgain(t *testing.T) {
	x := open(t)
	for _, fault := range []struct{ kind, when string }{
		{"reset", "before"}, {"reset", "after"}, {"error", "before"}, {"error", "after"}, {"garbage", "after"}, {"rate_limit", "before"},
	} {
		t.Run(fault.kind+" "+fault.when, func(t *testing.T) {
			x := x.in(t)
			orderID := x.authorised()
			x.fault(fault.kind, fault.when, "/v1/payment_intents/*/capture", nil)
			x.confirm(orderID)
			x.work()
			x.later(orderID, payment.Captured)
			if in := x.charge(orderID); in.count("captured") != 1 || in.Captured != total {
				t.Errorf("the provider's ledger: %+v, want one capture", in)
			}
		})
	}
	x.sound()
}

// A hard failure gives up; the order hears of it and cancels the hold.
func TestCaptureFails(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.fault("decline", "", "/v1/payment_intents/*/capture", nil)
	x.confirm(orderID)
	x.reaches(orderID, payment.CaptureFailed)
	x.w.WaitEvent("payment.capture_failed")
	x.cancel(orderID)
	x.reaches(orderID, payment.Voided)
	if in := x.charge(orderID); in.Captured != 0 || in.Status != "canceled" {
		t.Errorf("the provider's ledger: %+v, want nothing taken and nothing held", in)
	}
	x.sound()
}

// A provider that never captures costs the order after a day; the hold is let go.
func TestCaptureRunsOut(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.fault("rate_limit", "before", "/v1/payment_intents/*/capture", map[string]any{"count": 0})
	x.confirm(orderID)
	x.work()
	x.w.Advance(24 * time.Hour)
	x.later(orderID, payment.CaptureFailed)
}

// The hold ended at the provider before the order was confirmed.
func TestTheHoldEnds(t *testing.T) {
	x := open(t)
	x.webhooks()
	orderID := x.authorised()
	x.simulate("POST", "/simulator/holds/"+x.row(orderID).IntentID+"/expire", nil)
	x.reaches(orderID, payment.CaptureFailed)
	x.cancel(orderID)
	x.reaches(orderID, payment.Voided)
	want := []payment.State{payment.Created, payment.Authorised, payment.CaptureFailed, payment.Voiding, payment.Voided}
	if diff := cmp.Diff(want, x.states(orderID)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	x.sound()
}
