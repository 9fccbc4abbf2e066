package main

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v86"
)

// create makes an intent under a key.
func (p *provider) create(key string, amount int64) (*stripe.PaymentIntent, error) {
	params := &stripe.PaymentIntentCreateParams{Amount: &amount, Currency: stripe.String("jpy"), CaptureMethod: stripe.String("manual")}
	params.SetIdempotencyKey(key)
	return p.stripe.V1PaymentIntents.Create(p.t.Context(), params)
}

func TestOneKeyOneAnswer(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	first, err := p.create("op_1", 500)
	must(t, first, err)
	again, err := p.create("op_1", 500)
	if must(t, again, err).ID != first.ID || again.LastResponse.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("got %s, want %s replayed", again.ID, first.ID)
	}
	_, err = p.create("op_1", 501)
	if e := refusal(t, err, 400, ""); e.Type != stripe.ErrorTypeIdempotency {
		t.Errorf("refused as %s", e.Type)
	}
	cancel := &stripe.PaymentIntentCancelParams{}
	cancel.SetIdempotencyKey("op_1")
	_, err = p.stripe.V1PaymentIntents.Cancel(t.Context(), first.ID, cancel)
	if e := refusal(t, err, 400, ""); e.Type != stripe.ErrorTypeIdempotency {
		t.Errorf("refused as %s", e.Type)
	}
	if n := len(p.sim.ledger.intents.all("")); n != 1 {
		t.Errorf("%d intents were made", n)
	}
}

func TestKeyKeepsADeclineButNoValidation(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	_, err := p.create("op_small", 49)
	refusal(t, err, 400, "amount_too_small")
	if _, err = p.create("op_small", 50); err != nil {
		t.Errorf("the key of a validation failure was kept: %v", err)
	}
	pi := p.intent(500)
	decline := func() error {
		params := &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_chargeDeclined")}
		params.SetIdempotencyKey("op_decline")
		_, err := p.stripe.V1PaymentIntents.Confirm(t.Context(), pi.ID, params)
		return err
	}
	first, second := refusal(t, decline(), 402, "card_declined"), refusal(t, decline(), 402, "card_declined")
	if first.ChargeID != second.ChargeID {
		t.Errorf("charged twice: %s and %s", first.ChargeID, second.ChargeID)
	}
}

func TestKeyIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	first, err := p.create("op_old", 500)
	must(t, first, err)
	p.clock.advance(24 * time.Hour)
	if _, err := p.create("op_new", 500); err != nil {
		t.Fatal(err)
	}
	second, err := p.create("op_old", 500)
	if must(t, second, err).ID == first.ID {
		t.Error("the key lived for more than a day")
	}
}

func TestKeyInFlightClashes(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	id := p.fault(fault{Kind: faultDelay, Method: "POST", trigger: trigger{Count: 1}})
	type result struct {
		pi  *stripe.PaymentIntent
		err error
	}
	slow := make(chan result, 1)
	go func() {
		pi, err := p.create("op_slow", 500)
		slow <- result{pi, err}
	}()
	eventually(t, "the first request holds the key", func() bool {
		p.sim.keys.mu.Lock()
		defer p.sim.keys.mu.Unlock()
		return p.sim.keys.known["op_slow"] != nil
	})
	_, err := p.create("op_slow", 500)
	refusal(t, err, 409, "idempotency_key_in_use")
	p.control("DELETE", "/simulator/faults/"+id, nil, http.StatusNoContent, nil)
	done := <-slow
	if done.err != nil {
		t.Fatal(done.err)
	}
	again, err := p.create("op_slow", 500)
	if must(t, again, err).ID != done.pi.ID {
		t.Errorf("got %s, want %s", again.ID, done.pi.ID)
	}
}

func TestOneKeyRacedByManyIsOneIntent(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	results := make(chan error, 32)
	for range cap(results) {
		go func() {
			_, err := p.create("op_race", 500)
			var e *stripe.Error
			if errors.As(err, &e) && e.HTTPStatusCode == http.StatusConflict {
				err = nil
			}
			results <- err
		}()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if n := len(p.sim.ledger.intents.all("")); n != 1 {
		t.Errorf("%d intents were made, want 1", n)
	}
}

func TestKeyStoreStaysBounded(t *testing.T) {
	t.Parallel()
	ks, now := newKeyStore(), time.Now()
	for i := range maxKeys + 10 {
		key := letters(12)
		if _, err := ks.begin(&call{key: key}, now); err != nil {
			t.Fatal(i, err)
		}
		ks.end(key, reply{begun: true})
	}
	if len(ks.known) > maxKeys || len(ks.order) > maxKeys {
		t.Errorf("%d keys, %d in order", len(ks.known), len(ks.order))
	}
}
