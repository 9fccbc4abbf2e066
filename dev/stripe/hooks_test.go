package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v86"
)

func TestWebhookTellsWhatHappenedAndWhoCausedIt(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi, err := p.create("op_create", 500)
	must(t, pi, err)
	ev := p.heard.event("payment_intent.created")
	if ev.APIVersion != stripe.APIVersion || ev.Request.IdempotencyKey != "op_create" || ev.Request.ID == "" {
		t.Errorf("got %s caused by %+v", ev.APIVersion, ev.Request)
	}
	if got := ev.GetObjectValue("id"); got != pi.ID {
		t.Errorf("it is about %s, want %s", got, pi.ID)
	}
	kept, err := p.stripe.V1Events.Retrieve(t.Context(), ev.ID, nil)
	if must(t, kept, err).Type != "payment_intent.created" {
		t.Errorf("kept is %s", kept.Type)
	}
	for listed, err := range p.stripe.V1Events.List(t.Context(), &stripe.EventListParams{Type: stripe.String("payment_intent.*")}).All(t.Context()) {
		if must(t, listed, err).ID != ev.ID {
			t.Errorf("listed %s", listed.ID)
		}
	}
}

func TestWebhookIsRepeatedUntilItIsTaken(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.heard.mu.Lock()
	p.heard.refuse = 3
	p.heard.mu.Unlock()
	p.intent(500)
	p.heard.event("payment_intent.created")
	if got := p.sim.hooks.report(false)[0]; got.Attempts < 3 || got.Failed == "" {
		t.Errorf("delivered after %+v", got)
	}
}

func TestWebhookBackoffIsBounded(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]string{1: "200ms", 2: "400ms", 5: "3.2s", 9: "30s", 40: "30s"} {
		if got := hookBackoff(attempt).String(); got != want {
			t.Errorf("after %d failures it waits %s, want %s", attempt, got, want)
		}
	}
}

func TestWebhookIsRepeatedOnPurpose(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.rule(rule{Kind: ruleRepeat, Times: 3, Type: "payment_intent.*", trigger: trigger{Count: 1}})
	p.intent(500)
	p.intent(500)
	events := p.heard.until("four events", func(es []stripe.Event) bool { return len(es) == 4 })
	ids := map[string]int{}
	for _, ev := range events {
		ids[ev.ID]++
	}
	if len(ids) != 2 {
		t.Errorf("heard %v", ids)
	}
}

func TestWebhookIsDroppedAndResent(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.rule(rule{Kind: ruleDrop, Type: "payment_intent.created", Metadata: map[string]string{"order_id": "ord_1"}})
	p.intent(500, func(c *stripe.PaymentIntentCreateParams) { c.AddMetadata("order_id", "ord_1") })
	p.intent(500)
	p.heard.event("payment_intent.created")
	var list struct{ Events []eventReport }
	p.control("GET", "/simulator/events", nil, http.StatusOK, &list)
	if !list.Events[0].Dropped || list.Events[1].Dropped {
		t.Fatalf("events: %+v", list.Events)
	}
	p.control("POST", "/simulator/events/"+list.Events[0].ID+"/resend", nil, http.StatusOK, nil)
	p.heard.until("the dropped one", func(es []stripe.Event) bool { return len(es) == 2 && es[1].ID == list.Events[0].ID })
	p.control("POST", "/simulator/events/evt_absent/resend", nil, http.StatusNotFound, nil)
}

func TestWebhooksAreReordered(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.rule(rule{Kind: ruleReorder, Size: 3})
	p.held(500) // three events
	events := p.heard.until("three events", func(es []stripe.Event) bool { return len(es) == 3 })
	want := []string{"payment_intent.amount_capturable_updated", "charge.succeeded", "payment_intent.created"}
	if diff := cmp.Diff(want, types(events)); diff != "" {
		t.Error(diff)
	}
	p.intent(500)
	var flushed struct{ Sent int }
	p.control("POST", "/simulator/webhooks/flush", nil, http.StatusOK, &flushed)
	if flushed.Sent != 1 {
		t.Errorf("flushed %d, want 1", flushed.Sent)
	}
	p.heard.until("the held one", func(es []stripe.Event) bool { return len(es) == 4 })
}

func TestWebhookIsDelayed(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.rule(rule{Kind: ruleDelay, DelayMS: 20, trigger: trigger{Count: 1}})
	p.intent(500)
	p.heard.event("payment_intent.created")
	p.control("POST", "/simulator/webhooks", rule{Kind: ruleDelay}, http.StatusBadRequest, nil)
	var list struct{ Rules []rule }
	p.control("GET", "/simulator/webhooks", nil, http.StatusOK, &list)
	p.control("DELETE", "/simulator/webhooks/"+list.Rules[0].ID, nil, http.StatusOK, nil)
	p.control("DELETE", "/simulator/webhooks/"+list.Rules[0].ID, nil, http.StatusNotFound, nil)
}

func TestWebhooksGoWhereTheyArePointed(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	other := listen(t)
	p.control("PUT", "/simulator/webhooks/url", map[string]string{"url": other.url}, http.StatusOK, nil)
	p.intent(500)
	other.event("payment_intent.created")
	p.control("PUT", "/simulator/webhooks/url", map[string]string{"url": ""}, http.StatusOK, nil)
	p.intent(500)
	if got := p.sim.hooks.report(true); len(got) != 1 || got[0].Attempts != 0 {
		t.Errorf("undelivered: %+v", got)
	}
}

// TestResetForgetsWhatWasUnderWay keeps a webhook failing, resets, and sees that
// nothing of it comes later.
func TestResetForgetsWhatWasUnderWay(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	reached := make(chan struct{}, 1000)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		reached <- struct{}{}
	}))
	t.Cleanup(broken.Close)
	p.control("PUT", "/simulator/webhooks/url", map[string]string{"url": broken.URL}, http.StatusOK, nil)
	p.intent(500)
	<-reached
	p.control("POST", "/simulator/reset", nil, http.StatusNoContent, nil)
	p.control("PUT", "/simulator/webhooks/url", map[string]string{"url": p.heard.url}, http.StatusOK, nil)
	second := p.intent(500)
	events := p.heard.until("an event", func(es []stripe.Event) bool { return len(es) > 0 })
	if len(events) != 1 || events[0].GetObjectValue("id") != second.ID {
		t.Errorf("heard %v", types(events))
	}
}

func TestEventsStayBounded(t *testing.T) {
	t.Parallel()
	h := newHooks("", hookKey)
	t.Cleanup(h.close)
	for range maxEvents + 10 {
		h.publish(&event{id: newID("evt")})
	}
	if len(h.events) != maxEvents || len(h.byID) != maxEvents {
		t.Errorf("%d events, %d by id", len(h.events), len(h.byID))
	}
}
