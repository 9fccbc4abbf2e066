// Package stripespec holds requests to Stripe and its answers against Stripe's own description of its API: the one that the
// official stripe-mock carries. Only tests import it.
package stripespec

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
	"github.com/stripe/stripe-mock/spec"
)

// API is Stripe's description of its API. It may be used by several tests at once.
type API struct {
	spec *spec.Spec
	mock *server.StubServer // the official one
}

// Load reads the description, once for all tests of a process.
var Load = sync.OnceValues(func() (*API, error) {
	var s spec.Spec
	if err := json.Unmarshal(embedded.OpenAPISpec, &s); err != nil {
		return nil, err
	}
	var fixtures spec.Fixtures
	if err := json.Unmarshal(embedded.OpenAPIFixtures, &fixtures); err != nil {
		return nil, err
	}
	mock, err := server.NewStubServer(&fixtures, &s, false, false)
	return &API{spec: &s, mock: mock}, err
})

// Request answers what stripe-mock has against a request; nil when it would be served. The request's body is consumed.
func (a *API) Request(r *http.Request) error {
	w := httptest.NewRecorder()
	a.mock.HandleRequest(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("%s %s: stripe-mock answers %d: %s", r.Method, r.URL.Path, w.Code, w.Body)
	}
	return nil
}

// Answer holds an answer of Stripe's, decoded from JSON, against the description: nothing required is absent, nothing has
// another type or value than it may, and nothing is there which Stripe does not know. It returns what is wrong.
func (a *API) Answer(object map[string]any) []string {
	kind, _ := object["object"].(string)
	if _, refused := object["error"]; refused {
		kind = "error"
	}
	var out []string
	if kind == "list" {
		items, _ := object["data"].([]any)
		for _, item := range items {
			one, _ := item.(map[string]any)
			out = append(out, a.Answer(one)...)
		}
		return out
	}
	if data, ok := object["data"].(map[string]any); ok && kind == "event" {
		about, _ := data["object"].(map[string]any)
		out = a.Answer(about)
	}
	schema, ok := a.spec.Components.Schemas[kind]
	if !ok {
		return append(out, fmt.Sprintf("Stripe knows no %q", kind))
	}
	return append(out, a.faults(kind, schema, object)...)
}

func (a *API) faults(at string, sc *spec.Schema, v any) []string {
	if name, ok := strings.CutPrefix(sc.Ref, "#/components/schemas/"); ok {
		return a.faults(at, a.spec.Components.Schemas[name], v)
	}
	if v == nil {
		if sc.Nullable {
			return nil
		}
		return []string{at + " is null"}
	}
	if len(sc.AnyOf) > 0 {
		return a.anyOf(at, sc, v)
	}
	if len(sc.Enum) > 0 && !slices.Contains(sc.Enum, v) {
		return []string{fmt.Sprintf("%s is %v, which is none of %v", at, v, sc.Enum)}
	}
	switch x := v.(type) {
	case map[string]any:
		return a.object(at, sc, x)
	case []any:
		var out []string
		for i, item := range x {
			out = append(out, a.faults(fmt.Sprintf("%s[%d]", at, i), sc.Items, item)...)
		}
		return out
	}
	if !typed(sc.Type, v) {
		return []string{fmt.Sprintf("%s is %v, not of type %s", at, v, sc.Type)}
	}
	return nil
}

// anyOf accepts what one of the choices accepts, else reports the nearest miss.
func (a *API) anyOf(at string, sc *spec.Schema, v any) []string {
	var nearest []string
	for _, choice := range sc.AnyOf {
		found := a.faults(at, choice, v)
		if len(found) == 0 {
			return nil
		}
		if nearest == nil || len(found) < len(nearest) {
			nearest = found
		}
	}
	return nearest
}

func (a *API) object(at string, sc *spec.Schema, v map[string]any) []string {
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
			out = append(out, a.faults(at+"."+name, known, field)...)
		case sc.AdditionalProperties != nil:
			out = append(out, a.faults(at+"."+name, sc.AdditionalProperties, field)...)
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
