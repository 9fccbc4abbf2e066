package stripespec_test

import (
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/issho-shop/issho/internal/testenv/stripespec"
)

func load(t *testing.T) *stripespec.API {
	t.Helper()
	api, err := stripespec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestAnswerSeesWhatIsWrong(t *testing.T) {
	api := load(t)
	right := map[string]any{"id": "pi_1", "object": "payment_intent", "created": 1.0, "livemode": false, "status": "succeeded"}
	for name, c := range map[string]struct {
		field string
		value any
		want  string
	}{
		"right":         {"amount", 500.0, ""},
		"wrong type":    {"amount", "500", "payment_intent.amount is 500, not of type integer"},
		"not whole":     {"amount", 0.5, "payment_intent.amount is 0.5, not of type integer"},
		"null":          {"status", nil, "payment_intent.status is null"},
		"unknown field": {"colour", "red", "payment_intent has colour, which Stripe does not know"},
		"wrong value":   {"status", "taken", "payment_intent.status is taken, which is none of [canceled processing requires_action requires_capture requires_confirmation requires_payment_method succeeded]"},
		"deep inside":   {"next_action", map[string]any{}, "payment_intent.next_action misses type"},
		"unknown thing": {"object", "intent", `Stripe knows no "intent"`},
	} {
		object := maps.Clone(right)
		object[c.field] = c.value
		if got := strings.Join(api.Answer(object), "; "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestRequestSeesWhatIsWrong(t *testing.T) {
	api := load(t)
	for name, c := range map[string]struct {
		method, path, form string
		right              bool
	}{
		"right":              {"POST", "/v1/payment_intents", "amount=500&currency=jpy&metadata[order_id]=ord_1", true},
		"required missing":   {"POST", "/v1/payment_intents", "currency=jpy", false},
		"unknown field":      {"POST", "/v1/payment_intents", "amount=500&currency=jpy&colour=red", false},
		"wrong type":         {"POST", "/v1/payment_intents", "amount=much&currency=jpy", false},
		"wrong value":        {"POST", "/v1/payment_intents", "amount=500&currency=jpy&capture_method=by_hand", false},
		"unknown path":       {"POST", "/v1/payments", "", false},
		"right to read":      {"GET", "/v1/refunds?payment_intent=pi_1&limit=100", "", true},
		"unknown to a query": {"GET", "/v1/refunds?intent=pi_1", "", false},
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer sk_test_issho")
		if err := api.Request(r); (err == nil) != c.right {
			t.Errorf("%s: %v", name, err)
		}
	}
}
