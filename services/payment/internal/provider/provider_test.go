package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/testenv"
)

// serving is a client of a provider that answers every call alike.
func serving(t *testing.T, status int, body string) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return New(Config{URL: s.URL, Key: "sk_test", WebhookSecret: "whsec"})
}

func TestKinds(t *testing.T) {
	refusal := func(typ, code, more string) string {
		return fmt.Sprintf(`{"error":{"type":%q,"code":%q,"message":"m"%s}}`, typ, code, more)
	}
	const held = `,"payment_intent":{"id":"pi_1","object":"payment_intent","status":"requires_capture","amount_capturable":1980}`
	tests := []struct {
		name   string
		status int
		body   string
		want   Kind
		code   string
	}{
		{"a decline", 402, refusal("card_error", "card_declined", `,"decline_code":"insufficient_funds"`), Declined, "insufficient_funds"},
		{"a refusal by code alone", 402, refusal("card_error", "expired_card", ""), Declined, "expired_card"},
		{"has moved on", 400, refusal("invalid_request_error", "payment_intent_unexpected_state", held), WrongState, "payment_intent_unexpected_state"},
		{"has moved on, to where is not said", 400, refusal("invalid_request_error", "payment_intent_unexpected_state", ""), Refused, "payment_intent_unexpected_state"},
		{"too little", 400, refusal("invalid_request_error", "amount_too_small", ""), Refused, "amount_too_small"},
		{"not there", 404, refusal("invalid_request_error", "resource_missing", ""), Refused, "resource_missing"},
		{"the key is in use", 409, refusal("idempotency_error", "idempotency_key_in_use", ""), NoAnswer, "idempotency_key_in_use"},
		{"the key was used for something else", 400, refusal("idempotency_error", "", ""), Broken, ""},
		{"too many", 429, refusal("invalid_request_error", "rate_limit", ""), Busy, "rate_limit"},
		{"no key", 401, refusal("invalid_request_error", "", ""), Denied, ""},
		{"not allowed", 403, refusal("invalid_request_error", "", ""), Denied, ""},
		{"broken", 500, refusal("api_error", "", ""), Broken, ""},
		{"broken, without words", 502, `<html>`, NoAnswer, ""},
		{"garbage", 200, `{"id":`, NoAnswer, ""},
		{"another thing", 200, `{}`, NoAnswer, "garbage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := serving(t, tt.status, tt.body).Capture(t.Context(), "op_1", "pi_1", 1980)
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.want || e.Code != tt.code {
				t.Errorf("Capture: %v, want %s %q", err, tt.want, tt.code)
			}
			if tt.want == WrongState && (e.Intent == nil || e.Intent.Status != Held || e.Intent.Amount != 1980) {
				t.Errorf("the intent in the error: %+v", e.Intent)
			}
		})
	}
}

func TestNoConnectionMeansNothingWasDone(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	url := s.URL
	s.Close()
	_, err := New(Config{URL: url, Key: "sk_test"}).Intent(t.Context(), "pi_1")
	if KindOf(err) != Busy {
		t.Errorf("Intent: %v, want %s", err, Busy)
	}
}

func TestSilenceSaysNothing(t *testing.T) {
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	defer s.Close()
	defer close(done)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := New(Config{URL: s.URL, Key: "sk_test"}).Intent(ctx, "pi_1")
	if KindOf(err) != NoAnswer {
		t.Errorf("Intent: %v, want %s", err, NoAnswer)
	}
}

func TestIntent(t *testing.T) {
	const refused = `{"id":"pi_1","status":"requires_payment_method","metadata":{"payment_id":"pay_1"},
		"last_payment_error":{"code":"card_declined","decline_code":"lost_card","type":"card_error"}}`
	const held = `{"id":"pi_1","client_secret":"s","status":"requires_capture","amount_capturable":1980,"metadata":{"payment_id":"pay_1"},
		"latest_charge":{"id":"ch_1","payment_method_details":{"card":{"capture_before":1775044800}}}}`
	tests := []struct {
		name, body string
		want       Intent
	}{
		{"new", `{"id":"pi_1","status":"requires_payment_method"}`, Intent{ID: "pi_1", Status: Unconfirmed}},
		{"declined", refused, Intent{ID: "pi_1", Status: Refusal, Code: "lost_card", PaymentID: "pay_1"}},
		{"asked", `{"id":"pi_1","status":"requires_action"}`, Intent{ID: "pi_1", Status: NeedsAction}},
		{"at work", `{"id":"pi_1","status":"processing"}`, Intent{ID: "pi_1", Status: Processing}},
		{"held", held, Intent{
			ID: "pi_1", ClientSecret: "s", Status: Held, Amount: 1980, PaymentID: "pay_1", CaptureBefore: time.Unix(1775044800, 0).UTC(),
		}},
		{"taken", `{"id":"pi_1","status":"succeeded","amount_received":980}`, Intent{ID: "pi_1", Status: Taken, Amount: 980}},
		{"cancelled", `{"id":"pi_1","status":"canceled","cancellation_reason":"automatic"}`, Intent{ID: "pi_1", Status: Cancelled, Code: "automatic"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := serving(t, 200, tt.body).Intent(t.Context(), "pi_1")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("intent (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBreaker(t *testing.T) {
	c := serving(t, 500, `{"error":{"type":"api_error"}}`)
	for range 10 {
		_, err := c.Intent(t.Context(), "pi_1")
		if KindOf(err) != Broken {
			t.Fatalf("Intent: %v, want %s", err, Broken)
		}
	}
	_, err := c.Intent(t.Context(), "pi_1")
	if !c.Down() || KindOf(err) != Busy {
		t.Errorf("after ten failures: down %v, %v; want the breaker open", c.Down(), err)
	}
	healthy := serving(t, 402, `{"error":{"type":"card_error","code":"card_declined"}}`)
	for range 20 {
		_, _ = healthy.Intent(t.Context(), "pi_1") // a decline each
	}
	if healthy.Down() {
		t.Error("declines have opened the breaker")
	}
}

// Whoever asks first whether the provider is down, and then does not call, does not keep it down.
func TestDownEndsWithoutACall(t *testing.T) {
	t.Parallel()
	c := serving(t, 500, `{"error":{"type":"api_error"}}`)
	for range 10 {
		_, _ = c.Intent(t.Context(), "pi_1")
	}
	if !c.Down() {
		t.Fatal("not down after ten failures")
	}
	testenv.Eventually(t, func() error {
		if c.Down() {
			return errors.New("still down")
		}
		return nil
	})
	if _, err := c.Intent(t.Context(), "pi_1"); KindOf(err) != Broken {
		t.Errorf("Intent: %v, want the provider to be asked again", err)
	}
}

func TestWhoHangsUpDoesNotOpenTheBreaker(t *testing.T) {
	c := serving(t, 200, `{}`)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	for range 20 {
		_, _ = c.Intent(gone, "pi_1")
	}
	if c.Down() {
		t.Error("customers who hung up have opened the breaker")
	}
}

func TestACallThatHadNoTimeDoesNotOpenTheBreaker(t *testing.T) {
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	defer s.Close()
	defer close(done)
	c := New(Config{URL: s.URL, Key: "sk_test"})
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		_, _ = c.Intent(ctx, "pi_1") // silence
		cancel()
	}
	if c.Down() {
		t.Error("calls whose time was over have opened the breaker")
	}
}

func TestEmptySecretsAreRefused(t *testing.T) {
	for _, cfg := range []Config{{Key: "sk_live_1234"}, {WebhookSecret: "whsec_1"}} {
		if cfg.Validate() == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

func TestALiveKeyStaysWithStripe(t *testing.T) {
	cfg := Config{Key: "sk_live_1234", WebhookSecret: "whsec_1"}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	cfg.URL = "http://127.0.0.1:8301"
	if cfg.Validate() == nil {
		t.Error("a live key would be sent to a simulator")
	}
}

// A provider that hangs holds only so many of our calls; who finds no room learns that nothing was done.
func TestBulkhead(t *testing.T) {
	release := make(chan struct{})
	var under atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		under.Add(1)
		<-release
	}))
	defer server.Close()
	c := New(Config{URL: server.URL, Key: "sk_test_1", WebhookSecret: "whsec_1"})
	var refused atomic.Int64
	var calls sync.WaitGroup
	for range callsAtOnce + 10 {
		calls.Go(func() {
			_, err := c.Intent(t.Context(), "pi_1")
			var e *Error
			if errors.As(err, &e) && e.Code == "too_many_calls" && e.Kind == Busy && refused.Add(1) == 10 {
				close(release)
			}
		})
	}
	calls.Wait()
	if refused.Load() != 10 || under.Load() > callsAtOnce {
		t.Errorf("%d found no room and %d were under way, want 10 and at most %d", refused.Load(), under.Load(), callsAtOnce)
	}
}

// A call that cannot have been done is sent again, once, under the same key; a decline, silence and a failure are not.
func TestRepeats(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   int
	}{
		{429, `{"error":{"type":"invalid_request_error","code":"rate_limit"}}`, 2},
		{500, `{"error":{"type":"api_error"}}`, 1},
		{402, `{"error":{"type":"card_error","code":"card_declined"}}`, 1},
		{200, `garbage`, 1},
	} {
		var mu sync.Mutex
		var keys []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			mu.Unlock()
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.body))
		}))
		c := New(Config{URL: server.URL, Key: "sk_test_1", WebhookSecret: "whsec_1"})
		_, _ = c.Cancel(t.Context(), "op_1", "pi_1")
		server.Close()
		if len(keys) != tt.want || keys[0] != "op_1" || keys[len(keys)-1] != "op_1" {
			t.Errorf("HTTP %d: keys %v, want %d calls with op_1", tt.status, keys, tt.want)
		}
	}
}
