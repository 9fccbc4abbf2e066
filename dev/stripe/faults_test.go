package main

import (
	"context"
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v86"
)

// TestFaultsAroundTheWork scripts each way to lose an answer, asks, and asks again
// under the same key as the payment service does.
func TestFaultsAroundTheWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   fault
		status  int // of the first answer; 0 = none
		done    int // intents after the first request
		again   int // status of the repetition, 0 = success
		intents int // after it
	}{
		"reset before":  {fault: fault{Kind: faultReset}, done: 0, intents: 1},
		"reset after":   {fault: fault{Kind: faultReset, When: whenAfter}, done: 1, intents: 1},
		"error before":  {fault: fault{Kind: faultError}, status: 500, done: 0, again: 500, intents: 0},
		"error after":   {fault: fault{Kind: faultError, When: whenAfter}, status: 500, done: 1, again: 500, intents: 1},
		"503 before":    {fault: fault{Kind: faultError, Status: 503}, status: 503, done: 0, again: 503, intents: 0},
		"rate limit":    {fault: fault{Kind: faultRateLimit}, status: 429, done: 0, intents: 1},
		"garbage after": {fault: fault{Kind: faultGarbage}, done: 1, intents: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			c.fault.Count = 1
			p.fault(c.fault)
			_, err := p.create("op_1", 500)
			if err == nil {
				t.Fatal("the fault did not show")
			}
			if c.status != 0 {
				var code string
				if c.status == http.StatusTooManyRequests {
					code = "rate_limit"
				}
				refusal(t, err, c.status, code)
			}
			if n := len(p.sim.ledger.intents.all("")); n != c.done {
				t.Errorf("%d intents after the fault, want %d", n, c.done)
			}
			_, err = p.create("op_1", 500)
			if c.again != 0 {
				refusal(t, err, c.again, "")
			} else if err != nil {
				t.Errorf("the repetition failed: %v", err)
			}
			if n := len(p.sim.ledger.intents.all("")); n != c.intents {
				t.Errorf("%d intents after the repetition, want %d", n, c.intents)
			}
		})
	}
}

func TestTimeoutLastsUntilTheClientLeaves(t *testing.T) {
	t.Parallel()
	for when, done := range map[string]int{whenBefore: 0, whenAfter: 1} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.fault(fault{Kind: faultTimeout, When: when, trigger: trigger{Count: 1}})
			ctx, cancel := context.WithCancel(t.Context())
			lost := make(chan error, 1)
			go func() {
				_, err := p.stripe.V1PaymentIntents.Create(ctx, &stripe.PaymentIntentCreateParams{Amount: stripe.Int64(500), Currency: stripe.String("jpy")})
				lost <- err
			}()
			eventually(t, "the request is written down before it waits", func() bool {
				counts, _ := p.sim.requests.read()
				return len(counts) > 0
			})
			if n := len(p.sim.ledger.intents.all("")); n != done {
				t.Errorf("%d intents, want %d", n, done)
			}
			select {
			case err := <-lost:
				t.Fatalf("answered: %v", err)
			default:
			}
			cancel()
			if err := <-lost; err == nil {
				t.Error("the client got an answer")
			}
		})
	}
}

func TestFaultsPickTheirRequests(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	mine := func(c *stripe.PaymentIntentCreateParams) { c.AddMetadata("order_id", "ord_1") }
	p.fault(fault{
		Kind: faultDecline, DeclineCode: "insufficient_funds", Method: "POST", Path: "/v1/payment_intents/*/confirm",
		Metadata: map[string]string{"order_id": "ord_1"}, trigger: trigger{Skip: 1, Count: 1},
	})
	other, err := p.confirm(p.intent(500).ID, "pm_card_visa")
	must(t, other, err)
	skipped, err := p.confirm(p.intent(500, mine).ID, "pm_card_visa")
	must(t, skipped, err)
	hit := p.intent(500, mine)
	_, err = p.confirm(hit.ID, "pm_card_visa")
	if e := refusal(t, err, 402, "card_declined"); e.DeclineCode != "insufficient_funds" {
		t.Errorf("declined as %s", e.DeclineCode)
	}
	after, err := p.confirm(hit.ID, "pm_card_visa")
	must(t, after, err)
	var list struct{ Faults []fault }
	p.control("GET", "/simulator/faults", nil, http.StatusOK, &list)
	if f := list.Faults[0]; f.Seen != 2 || f.Hits != 1 {
		t.Errorf("the fault saw %d and hit %d", f.Seen, f.Hits)
	}
	p.control("DELETE", "/simulator/faults", nil, http.StatusNoContent, nil)
	if n := len(p.sim.faults.snapshot()); n != 0 {
		t.Errorf("%d faults are left", n)
	}
}

func TestScriptedBank(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.fault(fault{Kind: faultAction, Path: "/v1/payment_intents/*/confirm", trigger: trigger{Count: 1}})
	pi, err := p.confirm(p.intent(500).ID, "pm_card_visa")
	if must(t, pi, err).Status != stripe.PaymentIntentStatusRequiresAction {
		t.Errorf("got %s", pi.Status)
	}
	p.fault(fault{Kind: faultDecline, Path: "/v1/payment_intents/*/capture", Code: "processing_error", trigger: trigger{Count: 1}})
	held := p.held(500)
	_, err = p.stripe.V1PaymentIntents.Capture(t.Context(), held.ID, nil)
	if e := refusal(t, err, 402, "processing_error"); e.PaymentIntent.Status != stripe.PaymentIntentStatusRequiresCapture {
		t.Errorf("left in %s", e.PaymentIntent.Status)
	}
	p.fault(fault{Kind: faultDecline, Path: "/v1/refunds", trigger: trigger{Count: 1}})
	r, err := p.refund(p.taken(500, "pm_card_visa").ID, 500)
	if must(t, r, err).Status != stripe.RefundStatusFailed || r.FailureReason == "" {
		t.Errorf("got %s for %q", r.Status, r.FailureReason)
	}
}

func TestFaultIsRefused(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	for _, f := range []fault{{Kind: "earthquake"}, {Kind: faultError, When: "meanwhile"}, {Kind: faultReset, Path: "["}} {
		p.control("POST", "/simulator/faults", f, http.StatusBadRequest, nil)
	}
	p.control("POST", "/simulator/faults", map[string]string{"kind": faultReset, "colour": "red"}, http.StatusBadRequest, nil)
	p.control("DELETE", "/simulator/faults/fault_absent", nil, http.StatusNotFound, nil)
}

func TestChanceIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	throw := func(seed uint64) (hits int, pattern string) {
		tr := trigger{Probability: 0.3, Seed: seed}
		for range 1000 {
			if tr.pull() {
				pattern += "x"
			} else {
				pattern += "."
			}
		}
		return tr.Hits, pattern
	}
	hits, first := throw(7)
	_, second := throw(7)
	_, other := throw(8)
	if first != second || first == other || hits < 200 || hits > 400 {
		t.Errorf("%d hits; same %v, other %v", hits, first == second, first == other)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.fault(fault{Kind: faultReset, When: whenAfter, trigger: trigger{Count: 1}})
	_, _ = p.create("op_1", 500)
	_, _ = p.create("op_1", 500)
	_, _ = p.create("op_2", 1)
	var log struct {
		Counts []requestCount
		Recent []request
	}
	p.control("GET", "/simulator/requests", nil, http.StatusOK, &log)
	got := map[int]int{}
	for _, c := range log.Counts {
		got[c.Status] += c.Count
	}
	if got[0] != 1 || got[200] != 1 || got[400] != 1 {
		t.Errorf("counted %v", got)
	}
	if r := log.Recent[1]; !r.Replayed || r.Key != "op_1" || r.Route != "POST /v1/payment_intents" {
		t.Errorf("the second was %+v", r)
	}
	p.control("POST", "/simulator/reset", nil, http.StatusNoContent, nil)
	if counts, recent := p.sim.requests.read(); len(counts)+len(recent)+len(p.sim.ledger.intents.all("")) != 0 {
		t.Error("the reset left something")
	}
}

func TestRecentRequestsStayBounded(t *testing.T) {
	t.Parallel()
	l := newRequestLog()
	for i := range maxRecent + 5 {
		l.add(&call{route: "GET /", id: letters(8)}, i, false)
	}
	_, recent := l.read()
	if len(recent) != maxRecent || recent[0].Status != 5 || recent[maxRecent-1].Status != maxRecent+4 {
		t.Errorf("%d kept, from %d", len(recent), recent[0].Status)
	}
}
