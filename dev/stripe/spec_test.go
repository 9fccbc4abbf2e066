package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/issho-shop/issho/internal/testenv/stripespec"
)

// TestAnswersAreAsStripeDescribesThem lets a whole story run and holds every
// object that comes out of it, and every event told on the way, against Stripe's
// OpenAPI description: nothing required is absent, nothing has another type or
// value than it may, and nothing is there which Stripe does not know.
func TestAnswersAreAsStripeDescribesThem(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	cus := p.form("POST", "/v1/customers", 200, "email", "hanako@example.com", "metadata[user_id]", "usr_1")["id"].(string)
	p.form("GET", "/v1/customers/"+cus, 200)
	saved := p.form("POST", "/v1/payment_methods/pm_card_visa/attach", 200, "customer", cus)["id"].(string)
	p.form("GET", "/v1/payment_methods?type=card&customer="+cus, 200)
	setup := p.form("POST", "/v1/setup_intents", 200, "customer", cus, "automatic_payment_methods[enabled]", "true")["id"].(string)
	p.form("POST", "/v1/setup_intents/"+setup+"/confirm", 402, "payment_method", "pm_card_chargeDeclined")
	p.form("POST", "/v1/setup_intents/"+setup+"/confirm", 200, "payment_method", "pm_card_authenticationRequired", "return_url", "https://issho.shop/paid")

	create := func() string {
		return p.form("POST", "/v1/payment_intents", 200, "amount", "3000", "currency", "jpy", "customer", cus,
			"capture_method", "manual", "automatic_payment_methods[enabled]", "true", "metadata[order_id]", "ord_1")["id"].(string)
	}
	whole := []string{"expand[0]", "latest_charge.balance_transaction", "expand[1]", "payment_method", "expand[2]", "customer"}
	pi := create()
	p.form("POST", "/v1/payment_intents/"+pi+"/confirm", 402, "payment_method", "pm_card_chargeDeclined")
	p.form("POST", "/v1/payment_intents/"+pi+"/confirm", 200, "payment_method", "pm_card_threeDSecure2Required")
	p.control("POST", "/simulator/3ds/"+pi+"?outcome=succeed", nil, http.StatusOK, nil)
	p.form("POST", "/v1/payment_intents/"+pi+"/capture", 200, append(whole, "amount_to_capture", "2500")...)
	p.form("POST", "/v1/payment_intents/"+pi+"/capture", 400)
	re := p.form("POST", "/v1/refunds", 200, "payment_intent", pi, "amount", "500", "expand[]", "charge")["id"].(string)
	p.control("POST", "/simulator/refunds/"+re+"?outcome=fail", nil, http.StatusOK, nil)
	p.form("GET", "/v1/refunds?payment_intent="+pi, 200)
	p.control("POST", "/simulator/disputes/"+pi+"?outcome=open", nil, http.StatusOK, nil)
	p.control("POST", "/simulator/disputes/"+pi+"?outcome=won", nil, http.StatusOK, nil)
	p.form("GET", "/v1/disputes?payment_intent="+pi, 200)
	p.control("POST", "/simulator/payouts", nil, http.StatusOK, nil)
	p.form("GET", "/v1/payouts", 200)
	p.form("GET", "/v1/balance_transactions?limit=100&expand[]=data.source", 200)

	void := create()
	p.form("POST", "/v1/payment_intents/"+void+"/confirm", 200, append(whole, "payment_method", saved)...)
	p.form("POST", "/v1/payment_intents/"+void+"/cancel", 200, "cancellation_reason", "abandoned")
	p.form("POST", "/v1/payment_methods/"+saved+"/detach", 200)
	p.form("GET", "/v1/payment_intents?limit=100", 200)
	p.form("GET", "/v1/events?limit=100", 200)
}

// form asks as any HTTP client may, checks status and shape, and returns the object.
func (p *provider) form(method, path string, status int, pairs ...string) map[string]any {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(form.Encode()))
	must(p.t, req, err)
	req.SetBasicAuth(secretKey, "")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	must(p.t, res, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(p.t, body, err)
	if res.StatusCode != status {
		p.t.Fatalf("%s %s answered %d, want %d: %s", method, path, res.StatusCode, status, body)
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		p.t.Fatal(err)
	}
	p.describes(method+" "+path, object)
	return object
}

// describes holds an answer against the schema of its kind.
func (p *provider) describes(what string, object map[string]any) {
	p.t.Helper()
	api, err := stripespec.Load()
	must(p.t, api, err)
	for _, fault := range api.Answer(object) {
		p.t.Errorf("%s: %s", what, fault)
	}
}
