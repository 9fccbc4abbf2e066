package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v86"
)

func TestCaptureIsRefused(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	capture := func(id string, amount int64) error {
		_, err := p.stripe.V1PaymentIntents.Capture(t.Context(), id, &stripe.PaymentIntentCaptureParams{AmountToCapture: &amount})
		return err
	}
	held := p.held(500)
	refusal(t, capture(held.ID, 501), 400, "amount_too_large")
	refusal(t, capture(held.ID, 0), 400, "parameter_invalid_integer")
	if err := capture(held.ID, 500); err != nil {
		t.Fatal(err)
	}
	e := refusal(t, capture(held.ID, 500), 400, "payment_intent_unexpected_state")
	if e.PaymentIntent.Status != stripe.PaymentIntentStatusSucceeded {
		t.Errorf("the error holds %s", e.PaymentIntent.Status)
	}
	refusal(t, capture(p.intent(500).ID, 500), 400, "payment_intent_unexpected_state")
}

func TestCancelGivesTheHoldBack(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	cancel := func(id string) (*stripe.PaymentIntent, error) {
		return p.stripe.V1PaymentIntents.Cancel(t.Context(), id, &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String("abandoned")})
	}
	pi, err := cancel(p.held(500).ID)
	if must(t, pi, err).Status != stripe.PaymentIntentStatusCanceled || pi.CancellationReason != "abandoned" || pi.CanceledAt == 0 {
		t.Errorf("got %s for %s at %d", pi.Status, pi.CancellationReason, pi.CanceledAt)
	}
	if r := p.report(pi.ID); r.Released != 500 || r.Capturable != 0 || r.Captured != 0 {
		t.Errorf("ledger: %+v", r)
	}
	if c := p.get(pi.ID).LatestCharge; !c.Refunded || c.AmountRefunded != 500 || c.Captured {
		t.Errorf("charge: refunded %v %d, captured %v", c.Refunded, c.AmountRefunded, c.Captured)
	}
	_, err = cancel(pi.ID)
	refusal(t, err, 400, "payment_intent_unexpected_state")
	_, err = cancel(p.taken(500, "pm_card_visa").ID)
	refusal(t, err, 400, "payment_intent_unexpected_state")
	pi, err = cancel(p.intent(500).ID) // nothing held yet
	must(t, pi, err)
	_, err = p.confirm(pi.ID, "pm_card_visa")
	refusal(t, err, 400, "payment_intent_unexpected_state")
	p.heard.event("payment_intent.canceled")
}

func TestHoldEndsByItself(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	first := p.held(500)
	p.clock.advance(24 * time.Hour)
	second := p.held(500)
	p.clock.advance(6 * 24 * time.Hour)
	p.sim.sweepHolds()
	if got := p.get(first.ID); got.Status != stripe.PaymentIntentStatusCanceled || got.CancellationReason != "automatic" {
		t.Errorf("the first is %s for %s", got.Status, got.CancellationReason)
	}
	if got := p.get(second.ID); got.Status != stripe.PaymentIntentStatusRequiresCapture {
		t.Errorf("the second is %s", got.Status)
	}
	_, err := p.stripe.V1PaymentIntents.Capture(t.Context(), first.ID, nil)
	refusal(t, err, 400, "payment_intent_unexpected_state")
	p.heard.event("charge.expired")
	p.heard.event("payment_intent.canceled")
}

func TestHoldIsEndedByHand(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.held(500)
	p.control("POST", "/simulator/holds/"+pi.ID+"/expire", nil, http.StatusOK, nil)
	p.control("POST", "/simulator/holds/"+pi.ID+"/expire", nil, http.StatusConflict, nil)
	p.control("POST", "/simulator/holds/pi_absent/expire", nil, http.StatusNotFound, nil)
	if got := p.get(pi.ID); got.CancellationReason != "automatic" || p.report(pi.ID).Released != 500 {
		t.Errorf("got %s", got.CancellationReason)
	}
}
