package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/testenv/stripespec"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// inspector stands between payment and the provider, and holds every request and every answer against Stripe's description.
type inspector struct {
	t   *testing.T
	api *stripespec.API
	to  string // the provider's base URL

	mu     sync.Mutex
	routes map[string]bool // "POST /v1/payment_intents/*/confirm"
}

// inspected is a shop whose every word to the provider is looked at.
func inspected(t *testing.T) (*shop, *inspector) {
	t.Helper()
	api, err := stripespec.Load()
	if err != nil {
		t.Fatal(err)
	}
	i := &inspector{t: t, api: api, routes: map[string]bool{}}
	between := httptest.NewServer(i)
	t.Cleanup(between.Close)
	x := open(t, func(x *shop) {
		i.to = x.stripe
		x.w.Set("STRIPE_URL", between.URL)
	})
	return x, i
}

var objectID = regexp.MustCompile(`/(pi|cus|pm|seti|re|po)_[^/]+`)

func (i *inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		i.t.Error(err)
	}
	if err := i.api.Request(copied(r, r.URL.String(), body)); err != nil {
		i.t.Errorf("%s: %v", body, err)
	}
	if r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/detach") && r.Header.Get("Idempotency-Key") == "" {
		i.t.Errorf("POST %s without an idempotency key", r.URL.Path)
	}
	i.mu.Lock()
	i.routes[r.Method+" "+objectID.ReplaceAllString(r.URL.Path, "/*")] = true
	i.mu.Unlock()

	out := copied(r, i.to+r.URL.String(), body)
	out.RequestURI = ""
	res, err := http.DefaultClient.Do(out)
	if err != nil {
		i.t.Error(err)
		return
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		i.t.Error(err)
	}
	i.read(r, answer)
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(answer) // the caller may have gone
}

func (i *inspector) read(r *http.Request, answer []byte) {
	var object map[string]any
	if err := json.Unmarshal(answer, &object); err != nil {
		i.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		return
	}
	for _, fault := range i.api.Answer(object) {
		i.t.Errorf("%s %s: %s", r.Method, r.URL.Path, fault)
	}
}

func copied(r *http.Request, to string, body []byte) *http.Request {
	out := r.Clone(r.Context())
	out.URL, _ = url.Parse(to) // it was one
	out.Host, out.Body = out.URL.Host, io.NopCloser(bytes.NewReader(body))
	return out
}

// Everything that payment says to Stripe in a payment's life is understood by the official stripe-mock, everything that the
// simulator answers is as Stripe describes it, and no call of the adapter was left out.
func TestStripeUnderstandsEveryCall(t *testing.T) {
	x, i := inspected(t)
	saved := x.saved("r-1")
	taken := x.captured(saved)
	x.w.DeliverTwice(x.base, x.refundDue(taken, "return/1", 480))
	x.reaches(taken, payment.PartlyRefunded)
	x.dispute(taken, "open")
	x.work()
	x.cancel(x.authorised())
	x.work()
	x.authorise(newOrder(), "pm_card_chargeDeclined")
	x.authorise(newOrder(), "")

	lost := newOrder() // found again among its customer's
	x.fault("error", "after", "/v1/payment_intents", nil)
	x.authorise(lost, "pm_card_visa")
	x.later(lost, payment.Authorised)
	x.settle()
	if _, err := x.as(customer1).RemoveMethod(t.Context(), &paymentv1.RemoveMethodRequest{MethodId: saved}); err != nil {
		t.Error(err)
	}

	if got, want := len(i.routes), callsOfTheAdapter(t); got != want {
		t.Errorf("%d kinds of call were made and the adapter has %d: %v", got, want, sorted(i.routes))
	}
}

// saved is a card that the customer has saved, asked for twice as an app does whose first answer was lost.
func (x *shop) saved(requestID string) string {
	x.Helper()
	customer, secret := x.as(customer1), ""
	for range 2 {
		setup, err := customer.CreateSetup(x.Context(), &paymentv1.CreateSetupRequest{RequestId: requestID})
		if err != nil {
			x.Fatal(err)
		}
		secret = setup.GetClientSecret()
	}
	x.save(secret, "pm_card_visa")
	methods, err := customer.ListMethods(x.Context(), &paymentv1.ListMethodsRequest{})
	if err != nil || len(methods.GetMethods()) == 0 {
		x.Fatalf("ListMethods: %v %v", methods, err)
	}
	return methods.GetMethods()[0].GetMethodId()
}

// callsOfTheAdapter counts the methods of stripe-go that the adapter uses.
func callsOfTheAdapter(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob("internal/provider/*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`\.V\d[A-Za-z]+\.[A-Z][A-Za-z]+\(`).FindAllString(string(text), -1) {
			used[call] = true
		}
	}
	return len(used)
}
