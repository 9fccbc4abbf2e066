package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/spec"
)

// openAPI is Stripe's own description of its API, read once.
var openAPI = sync.OnceValues(func() (*spec.Spec, error) {
	var s spec.Spec
	err := json.Unmarshal(embedded.OpenAPISpec, &s)
	return &s, err
})

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
	api, err := openAPI()
	must(p.t, api, err)
	kind, _ := object["object"].(string)
	if _, refused := object["error"]; refused {
		kind = "error"
	}
	if kind == "list" {
		for _, item := range object["data"].([]any) {
			p.describes(what, item.(map[string]any))
		}
		return
	}
	if kind == "event" {
		p.describes(what+" "+object["type"].(string), object["data"].(map[string]any)["object"].(map[string]any))
	}
	schema, ok := api.Components.Schemas[kind]
	if !ok {
		p.t.Fatalf("%s: Stripe knows no %q", what, kind)
	}
	for _, fault := range (shape{api}).faults(kind, schema, object) {
		p.t.Errorf("%s: %s", what, fault)
	}
}

// shape compares values with schemas.
type shape struct{ api *spec.Spec }

func (s shape) faults(at string, sc *spec.Schema, v any) []string {
	if name, ok := strings.CutPrefix(sc.Ref, "#/components/schemas/"); ok {
		return s.faults(at, s.api.Components.Schemas[name], v)
	}
	if v == nil {
		if sc.Nullable {
			return nil
		}
		return []string{at + " is null"}
	}
	if len(sc.AnyOf) > 0 {
		return s.anyOf(at, sc, v)
	}
	if len(sc.Enum) > 0 && !slices.Contains(sc.Enum, v) {
		return []string{fmt.Sprintf("%s is %v, which is none of %v", at, v, sc.Enum)}
	}
	switch x := v.(type) {
	case map[string]any:
		return s.object(at, sc, x)
	case []any:
		var out []string
		for i, item := range x {
			out = append(out, s.faults(fmt.Sprintf("%s[%d]", at, i), sc.Items, item)...)
		}
		return out
	}
	if !typed(sc.Type, v) {
		return []string{fmt.Sprintf("%s is %v, not of type %s", at, v, sc.Type)}
	}
	return nil
}

// anyOf accepts what one of the choices accepts, else reports the nearest miss.
func (s shape) anyOf(at string, sc *spec.Schema, v any) []string {
	var nearest []string
	for _, choice := range sc.AnyOf {
		found := s.faults(at, choice, v)
		if len(found) == 0 {
			return nil
		}
		if nearest == nil || len(found) < len(nearest) {
			nearest = found
		}
	}
	return nearest
}

func (s shape) object(at string, sc *spec.Schema, v map[string]any) []string {
	var out []string
	for _, name := range sc.Required {
		if _, ok := v[name]; !ok {
			out = append(out, at+" misses "+name)
		}
	}
	for name, field := range v {
		known, ok := sc.Properties[name]
		switch {
		case ok:
			out = append(out, s.faults(at+"."+name, known, field)...)
		case sc.AdditionalProperties != nil:
			out = append(out, s.faults(at+"."+name, sc.AdditionalProperties, field)...)
		case len(sc.Properties) > 0:
			out = append(out, at+" has "+name+", which Stripe does not know")
		}
	}
	sort.Strings(out)
	return out
}

func typed(want string, v any) bool {
	switch x := v.(type) {
	case string:
		return want == spec.TypeString
	case bool:
		return want == spec.TypeBoolean
	case float64:
		return want == spec.TypeNumber || want == spec.TypeInteger && x == float64(int64(x))
	}
	return false
}

// TestShapeSeesWhatIsWrong proves that the comparison above can fail.
func TestShapeSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	api, err := openAPI()
	must(t, api, err)
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
		"wrong value":   {"object", "intent", "payment_intent.object is intent, which is none of [payment_intent]"},
		"deep inside":   {"next_action", map[string]any{}, "payment_intent.next_action misses type"},
	} {
		object := maps.Clone(right)
		object[c.field] = c.value
		got := strings.Join(shape{api}.faults("payment_intent", api.Components.Schemas["payment_intent"], object), "; ")
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
