package main

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stripe/stripe-go/v86"
	"pgregory.net/rapid"
)

// TestMoneyIsConserved does anything to one intent in any order, as fast as
// requests come, and holds the ledger against the sums that must always be true.
func TestMoneyIsConserved(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.control("PUT", "/simulator/webhooks/url", map[string]string{"url": ""}, http.StatusOK, nil)
	rapid.Check(t, func(rt *rapid.T) {
		amount := rapid.Int64Range(50, 10_000).Draw(rt, "amount")
		id := p.intent(amount).ID
		ctx := t.Context()
		// Refusals are among the answers, so nobody looks at them.
		rt.Repeat(map[string]func(*rapid.T){
			"confirm": func(rt *rapid.T) {
				card := rapid.SampledFrom([]string{"pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired", "pm_card_pendingRefund"}).Draw(rt, "card")
				_, _ = p.confirm(id, card)
			},
			"bank": func(rt *rapid.T) {
				if pi, ok := p.sim.ledger.intents.get(id); ok && p.report(id).Status == needsAction {
					p.control("POST", "/simulator/3ds/"+pi.id+"?outcome="+rapid.SampledFrom([]string{"succeed", "fail"}).Draw(rt, "outcome"), nil, http.StatusOK, nil)
				}
			},
			"capture": func(rt *rapid.T) {
				part := rapid.Int64Range(1, amount+10).Draw(rt, "part")
				_, _ = p.stripe.V1PaymentIntents.Capture(ctx, id, &stripe.PaymentIntentCaptureParams{AmountToCapture: &part})
			},
			"refund": func(rt *rapid.T) { _, _ = p.refund(id, rapid.Int64Range(0, amount).Draw(rt, "part")) },
			"cancel": func(*rapid.T) { _, _ = p.stripe.V1PaymentIntents.Cancel(ctx, id, nil) },
			"": func(rt *rapid.T) {
				if wrong := unbalanced(p.report(id)); wrong != "" {
					rt.Fatal(wrong)
				}
			},
		})
	})
}

// unbalanced names the rule which an intent's sums break, if any.
func unbalanced(r intentReport) string {
	noted := map[string]int64{}
	for _, e := range r.Entries {
		noted[e.Kind] += e.Amount
	}
	switch {
	case r.Refunded > r.Captured || r.Captured > r.Authorised || r.Authorised > r.Amount:
		return "refunded ≤ captured ≤ authorised ≤ amount does not hold"
	case r.Authorised != r.Capturable+r.Captured+r.Released:
		return "what was authorised is neither held, taken nor released"
	case noted[entryAuthorised] != r.Authorised || noted[entryCaptured] != r.Captured || noted[entryReleased] != r.Released:
		return "the entries do not sum to the amounts"
	case noted[entryRefunded]-noted[entryRefundFailed] != r.Refunded:
		return "the refunds' entries do not sum to the amount"
	case (r.Status == succeeded) != (r.Captured > 0) || (r.Status == needsCapture) != (r.Capturable > 0):
		return "state and amounts disagree: " + r.Status
	}
	return ""
}

// TestOneWinnerPerIntent races captures, cancellations and refunds of the same
// intents: money moves once.
func TestOneWinnerPerIntent(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	for range 20 {
		id := p.held(1000).ID
		var wg sync.WaitGroup
		for range 4 {
			for _, do := range []func() error{
				func() error { _, err := p.stripe.V1PaymentIntents.Capture(t.Context(), id, nil); return err },
				func() error { _, err := p.stripe.V1PaymentIntents.Cancel(t.Context(), id, nil); return err },
				func() error { _, err := p.refund(id, 400); return err },
			} {
				wg.Go(func() { _ = do() }) // losers are refused
			}
		}
		wg.Wait()
		r := p.report(id)
		if wrong := unbalanced(r); wrong != "" {
			t.Errorf("%s: %+v", wrong, r)
		}
		if r.Status != succeeded && r.Status != canceled {
			t.Errorf("nobody won: %s", r.Status)
		}
	}
}

// BenchmarkPayment is a whole payment: create, confirm, capture, with webhooks.
func BenchmarkPayment(b *testing.B) {
	sim := newSimulator(config{Key: secretKey, WebhookSecret: hookKey}, (&handClock{}).Now)
	defer sim.close()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c := func(object string, form map[string][]string) *call {
				return &call{method: "POST", object: object, form: form, params: newParams(form)}
			}
			made, err := sim.createIntent(c("", map[string][]string{"amount": {"500"}, "currency": {"jpy"}, "capture_method": {"manual"}, "payment_method": {"pm_card_visa"}}))
			if err != nil {
				b.Fatal(err)
			}
			id := made.(*paymentIntentObject).ID
			if _, err := sim.confirmIntent(c(id, nil)); err != nil {
				b.Fatal(err)
			}
			if _, err := sim.captureIntent(c(id, nil)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
