package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Stripe signs bytes: none may change on the way, nor the header that holds the signature.
func TestWebhookArrivesByteForByte(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	body := "{ \"id\":\"evt_1\",\r\n\t\"note\": \"é é \u3000\\u0000\", \"n\": 1.0e2 }\n\x00\xff"
	res, _ := e.do(t, http.MethodPost, webhook, asJSON(map[string]string{"Stripe-Signature": "t=1,v1=ab"}), strings.NewReader(body))
	got := e.reached(t)
	if diff := cmp.Diff([]byte(body), got.Body); diff != "" {
		t.Errorf("body (-sent +arrived):\n%s", diff)
	}
	if got.Header.Get("Stripe-Signature") != "t=1,v1=ab" || got.Path != webhook || res.StatusCode != http.StatusOK {
		t.Errorf("arrived %s with signature %q, answered %d", got.Path, got.Header.Get("Stripe-Signature"), res.StatusCode)
	}
}

func TestTraceGoesOn(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	e.do(t, http.MethodPost, campaign+"?secret=1", asJSON(map[string]string{"Traceparent": "00-" + id + "-" + parent + "-01"}), strings.NewReader("{}"))
	got := strings.Split(e.reached(t).Header.Get("Traceparent"), "-")
	if len(got) != 4 || got[1] != id || got[2] == parent {
		t.Fatalf("traceparent %v arrived, want trace %s under a span of Envoy's own", got, id)
	}
	select {
	case span := <-e.spans:
		if name := span.GetName(); name != "POST "+campaign {
			t.Errorf("span %q, want the method and path", name)
		}
		for _, a := range span.GetAttributes() {
			if strings.Contains(a.GetValue().GetStringValue(), "secret") {
				t.Errorf("the span tells the query in %s", a.GetKey())
			}
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Envoy exported no span")
	}
	eventually(t, "the access log names the trace", func() bool { return strings.Contains(e.log.String(), "projects/issho-local/traces/"+id) })
	if strings.Contains(e.log.String(), "secret") {
		t.Errorf("the access log tells the query: %s", e.log)
	}
}

func TestAccessLogHasCloudLoggingsShape(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	e.do(t, http.MethodPost, "/nothing", asJSON(nil), nil)
	eventually(t, "a line in the access log", func() bool { return strings.Contains(e.log.String(), "/nothing") })
	var line struct {
		Severity, Message, Service string
		HTTPRequest                struct {
			RequestMethod, RequestURL string
			Status                    int
		}
	}
	if err := json.Unmarshal([]byte(e.log.String()), &line); err != nil {
		t.Fatalf("%s: %v (health checks are not logged)", e.log, err)
	}
	if line.Severity != "WARNING" || line.Service != "gateway" || line.HTTPRequest.Status != 404 || line.HTTPRequest.RequestURL != "/nothing" {
		t.Errorf("logged %+v", line)
	}
}
