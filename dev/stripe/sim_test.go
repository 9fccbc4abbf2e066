package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v86"
	"github.com/stripe/stripe-go/v86/webhook"
)

const (
	secretKey = "sk_test_simulator"
	publicKey = "pk_test_simulator"
	hookKey   = "whsec_simulator"
)

// provider is a running simulator with the clients that talk to it.
type provider struct {
	t      *testing.T
	sim    *simulator
	url    string
	stripe *stripe.Client // with our secret key
	clock  *handClock
	heard  *listener
}

// handClock is moved by the test alone.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	heard := listen(t)
	clock := &handClock{now: time.Now()}
	cfg := config{Port: 8301, Key: secretKey, WebhookSecret: hookKey, WebhookURL: heard.url}
	sim := newSimulator(cfg, clock.Now)
	sim.hooks.backoff = func(int) time.Duration { return time.Millisecond }
	srv := httptest.NewServer(sim)
	t.Cleanup(func() {
		sim.close()
		srv.Close()
	})
	p := &provider{t: t, sim: sim, url: srv.URL, clock: clock, heard: heard}
	p.stripe = p.client(secretKey)
	return p
}

// client is stripe-go pointed at the simulator, as the payment service has it.
func (p *provider) client(key string) *stripe.Client {
	return stripe.NewClient(key, stripe.WithBackends(stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL:               &p.url,
		HTTPClient:        &http.Client{Transport: &http.Transport{}},
		MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})))
}

// intent makes a manual PaymentIntent of a yen amount, not confirmed.
func (p *provider) intent(amount int64, with ...func(*stripe.PaymentIntentCreateParams)) *stripe.PaymentIntent {
	p.t.Helper()
	params := &stripe.PaymentIntentCreateParams{
		Amount:        stripe.Int64(amount),
		Currency:      stripe.String("jpy"),
		CaptureMethod: stripe.String("manual"),
	}
	for _, f := range with {
		f(params)
	}
	pi, err := p.stripe.V1PaymentIntents.Create(p.t.Context(), params)
	return must(p.t, pi, err)
}

// confirm confirms by one of the test cards.
func (p *provider) confirm(id, card string) (*stripe.PaymentIntent, error) {
	return p.stripe.V1PaymentIntents.Confirm(p.t.Context(), id, &stripe.PaymentIntentConfirmParams{PaymentMethod: &card})
}

// held is an intent with its money held.
func (p *provider) held(amount int64) *stripe.PaymentIntent {
	p.t.Helper()
	pi, err := p.confirm(p.intent(amount).ID, "pm_card_visa")
	return must(p.t, pi, err)
}

// taken is an intent with its money captured.
func (p *provider) taken(amount int64, card string) *stripe.PaymentIntent {
	p.t.Helper()
	pi, err := p.confirm(p.intent(amount).ID, card)
	must(p.t, pi, err)
	pi, err = p.stripe.V1PaymentIntents.Capture(p.t.Context(), pi.ID, nil)
	return must(p.t, pi, err)
}

func (p *provider) get(id string) *stripe.PaymentIntent {
	p.t.Helper()
	params := &stripe.PaymentIntentRetrieveParams{}
	params.AddExpand("latest_charge")
	pi, err := p.stripe.V1PaymentIntents.Retrieve(p.t.Context(), id, params)
	return must(p.t, pi, err)
}

// report is the intent as the ledger shows it.
func (p *provider) report(id string) intentReport {
	p.t.Helper()
	var out struct {
		Intents []intentReport `json:"payment_intents"`
	}
	p.control("GET", "/simulator/ledger?payment_intent="+id, nil, http.StatusOK, &out)
	if len(out.Intents) != 1 {
		p.t.Fatalf("the ledger has %d intents %s, want 1", len(out.Intents), id)
	}
	return out.Intents[0]
}

func (p *provider) fault(f fault) string {
	p.t.Helper()
	var made struct{ ID string }
	p.control("POST", "/simulator/faults", f, http.StatusCreated, &made)
	return made.ID
}

func (p *provider) rule(r rule) {
	p.t.Helper()
	p.control("POST", "/simulator/webhooks", r, http.StatusCreated, nil)
}

// control calls /simulator and decodes its answer.
func (p *provider) control(method, path string, body any, want int, into any) {
	p.t.Helper()
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(encode(body))
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, sent)
	must(p.t, req, err)
	res, err := http.DefaultClient.Do(req)
	must(p.t, res, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	must(p.t, got, err)
	if res.StatusCode != want {
		p.t.Fatalf("%s %s answered %d, want %d: %s", method, path, res.StatusCode, want, got)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, got)
		}
	}
}

// eventually waits for a condition that comes about by itself.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	look, late := time.NewTicker(time.Millisecond), time.After(10*time.Second)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			t.Fatal("never came about: " + what)
		}
	}
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refusal is err as Stripe's error of the given status and code.
func refusal(t *testing.T, err error, status int, code string) *stripe.Error {
	t.Helper()
	var e *stripe.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want Stripe's error %d %s", err, status, code)
	}
	if e.HTTPStatusCode != status || string(e.Code) != code {
		t.Fatalf("got %d %q (%s), want %d %q", e.HTTPStatusCode, e.Code, e.Msg, status, code)
	}
	return e
}

// listener is the endpoint webhooks are sent to; it refuses what is not signed.
type listener struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	grown  chan struct{} // closed and renewed with each event
	events []stripe.Event
	refuse int // so many of the next ones are answered 503
}

func listen(t *testing.T) *listener {
	l := &listener{t: t, grown: make(chan struct{})}
	srv := httptest.NewServer(l)
	t.Cleanup(srv.Close)
	l.url = srv.URL
	return l
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		l.t.Error(err)
	}
	ev, err := webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), hookKey)
	if err != nil {
		l.t.Errorf("webhook is not Stripe's: %v", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse > 0 {
		l.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	l.events = append(l.events, ev)
	close(l.grown)
	l.grown = make(chan struct{})
}

// until waits for the events to satisfy ok and returns them.
func (l *listener) until(what string, ok func([]stripe.Event) bool) []stripe.Event {
	l.t.Helper()
	late := time.After(10 * time.Second)
	for {
		l.mu.Lock()
		events, grown := append([]stripe.Event{}, l.events...), l.grown
		l.mu.Unlock()
		if ok(events) {
			return events
		}
		select {
		case <-grown:
		case <-late:
			l.t.Fatalf("never heard %s, only %v", what, types(events))
		}
	}
}

// event waits for the first event of a type.
func (l *listener) event(typ string) stripe.Event {
	l.t.Helper()
	events := l.until(typ, func(es []stripe.Event) bool { return count(es, typ) > 0 })
	for _, ev := range events {
		if string(ev.Type) == typ {
			return ev
		}
	}
	panic("unreachable: it was counted")
}

func types(events []stripe.Event) []string {
	out := make([]string, len(events))
	for i, ev := range events {
		out[i] = string(ev.Type)
	}
	return out
}

func count(events []stripe.Event, typ string) int {
	n := 0
	for _, ev := range events {
		if string(ev.Type) == typ {
			n++
		}
	}
	return n
}
