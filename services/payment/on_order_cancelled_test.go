package main

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func TestVoid(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.cancel(orderID)
	x.reaches(orderID, payment.Voided)
	if in := x.charge(orderID); in.Status != "canceled" || in.Captured != 0 {
		t.Errorf("the provider's ledger: %+v, want nothing held or taken", in)
	}
	if diff := cmp.Diff([]string{"payment.authorised", "payment.voided"}, x.events(orderID)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	x.sound()
}

// An order that was cancelled first holds nothing, however often it asks.
func TestCancelledFirst(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	x.cancel(orderID)
	if p := x.row(orderID); p.State != payment.Voided || !p.Dead {
		t.Errorf("row: %s, dead %v; want VOIDED, dead", p.State, p.Dead)
	}
	for range 2 {
		if res := x.authorise(orderID, "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_VOIDED {
			t.Errorf("Authorise = %s, want VOIDED", res.GetState())
		}
	}
	x.w.DeliverTwice(x.base, x.orderEvent("order.confirmed", orderID, total)) // cancelled beats confirmed
	if all := x.ledger(orderID); len(all) != 0 || x.row(orderID).State != payment.Voided {
		t.Errorf("the provider was called: %+v", all)
	}
	x.sound()
}

func TestRefund(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.confirm(orderID)
	x.reaches(orderID, payment.Captured)
	x.cancel(orderID)
	p := x.reaches(orderID, payment.Refunded)
	if in := x.charge(orderID); in.Refunded != total || in.count("refunded") != 1 || p.Refunded != total {
		t.Errorf("refunded %d here; the provider's ledger: %+v; want one full refund", p.Refunded, in)
	}
	var e paymentv1.PaymentEvent
	x.w.WaitEvent("payment.refunded").Decode(t, &e)
	if e.GetRefundId() == "" || e.GetRefundAmount().GetAmount() != total || e.GetRefunded().GetAmount() != total {
		t.Errorf("payment.refunded: %v", &e)
	}
	x.cancel(orderID)
	x.work()
	if n := x.count("Journals"); n != 2 {
		t.Errorf("%d journals, want capture and refund", n)
	}
	x.sound()
}

// What goes wrong on the way to a void or a refund is tried again, and the money goes back once.
func TestMoneyGoesBackOnce(t *testing.T) {
	x := open(t)
	tests := []struct {
		path     string
		captured bool
		want     payment.State
	}{
		{"/v1/payment_intents/*/cancel", false, payment.Voided},
		{"/v1/refunds", true, payment.Refunded},
	}
	for _, tt := range tests {
		for _, fault := range []struct{ kind, when string }{
			{"reset", "before"}, {"reset", "after"}, {"error", "before"}, {"error", "after"}, {"garbage", "after"}, {"rate_limit", "before"},
		} {
			t.Run(string(tt.want)+" "+fault.kind+" "+fault.when, func(t *testing.T) {
				x := x.in(t)
				orderID := x.authorised()
				if tt.captured {
					x.confirm(orderID)
					x.reaches(orderID, payment.Captured)
				}
				x.fault(fault.kind, fault.when, tt.path, nil)
				x.cancel(orderID)
				x.work()
				x.later(orderID, tt.want)
				in := x.charge(orderID)
				if in.Captured != in.Refunded || in.count("refunded") > 1 || !tt.captured && in.Status != "canceled" {
					t.Errorf("the provider's ledger: %+v, want all of it back, once", in)
				}
			})
		}
	}
	x.sound()
}

// A refund that fails at the provider is made again, under another key; the provider's books have it both ways, and so have ours.
func TestRefundFails(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.confirm(orderID)
	x.reaches(orderID, payment.Captured)
	x.fault("decline", "", "/v1/refunds", nil)
	x.cancel(orderID)
	x.work()
	p := x.later(orderID, payment.Refunded)
	if in := x.charge(orderID); p.Refunded != total || in.Refunded != total {
		t.Errorf("refunded %d here, %d at the provider; want %d", p.Refunded, in.Refunded, total)
	}
	if res := x.settle(); res.GetDifferences() != 0 || x.balances()["orders"] != 0 {
		t.Errorf("%d differences, and orders have paid %d; what failed went out and came back", res.GetDifferences(), x.balances()["orders"])
	}
	x.sound()
}

// The customer's bank takes its time: the refund is asked for once and waited for.
func TestRefundPends(t *testing.T) {
	x := open(t)
	x.webhooks()
	orderID := newOrder()
	x.authorise(orderID, "pm_card_pendingRefund")
	x.confirm(orderID)
	x.reaches(orderID, payment.Captured)
	x.cancel(orderID)
	eventually(x, func() bool { x.work(); return len(x.refunds(orderID)) == 1 })
	for range 3 {
		x.tick()
	}
	made := x.refunds(orderID)
	if len(made) != 1 || x.row(orderID).State != payment.Refunding {
		t.Fatalf("%d refunds in %s, want one in REFUNDING", len(made), x.row(orderID).State)
	}
	x.simulate("POST", "/simulator/refunds/"+made[0]+"?outcome=succeed", nil)
	x.reaches(orderID, payment.Refunded)
	x.sound()
}

// Capture and cancellation race: either the void wins or the capture is refunded, never both.
func TestCancelAgainstCapture(t *testing.T) {
	x := open(t)
	x.webhooks()
	for range 4 {
		orderID := x.authorised()
		var both sync.WaitGroup
		both.Go(func() { x.w.Deliver(x.base, x.orderEvent("order.confirmed", orderID, total)); x.work() })
		both.Go(func() { x.w.Deliver(x.base, x.orderEvent("order.cancelled", orderID, 0)); x.work() })
		both.Wait()
		eventually(x, func() bool {
			x.work()
			s := x.row(orderID).State
			return s == payment.Voided || s == payment.Refunded
		})
		in := x.charge(orderID)
		if in.Captured != in.Refunded || in.Captured == 0 && in.Status != "canceled" {
			t.Errorf("ended %s with the provider at %+v", x.row(orderID).State, in)
		}
	}
	x.sound()
}

// The order dies while its money is being taken and nobody knows whether it was.
func TestCancelWhileCapturing(t *testing.T) {
	x := open(t)
	for when, want := range map[string]payment.State{"before": payment.Refunded, "after": payment.Refunded} {
		t.Run(when, func(t *testing.T) {
			x := x.in(t)
			orderID := x.authorised()
			x.fault("error", when, "/v1/payment_intents/*/capture", nil)
			x.confirm(orderID)
			x.work()
			x.cancel(orderID)
			x.later(orderID, want)
			if in := x.charge(orderID); in.count("captured") != 1 || in.Refunded != total {
				t.Errorf("the provider's ledger: %+v, want one capture, refunded", in)
			}
		})
	}
	x.sound()
}

// The order dies while nobody knows whether its money is held.
func TestCancelWhileUnknown(t *testing.T) {
	x := open(t)
	for _, path := range []string{"/v1/payment_intents", "/v1/payment_intents/*/confirm"} {
		for _, when := range []string{"before", "after"} {
			t.Run(path+" "+when, func(t *testing.T) {
				x := x.in(t)
				orderID := newOrder()
				x.fault("error", when, path, nil)
				x.authorise(orderID, "pm_card_visa")
				x.cancel(orderID)
				x.work()
				x.later(orderID, payment.Voided)
				for _, in := range x.ledger(orderID) {
					if in.Status != "canceled" {
						t.Errorf("the provider still has %+v", in)
					}
				}
			})
		}
	}
	x.sound()
}
