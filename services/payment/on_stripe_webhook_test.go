package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v86/webhook"

	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// notice is a signed webhook's body and header, as of at.
func notice(eventID, typ, object, secret string, at time.Time) (body []byte, signature string) {
	body = fmt.Appendf(nil, `{"id":%q,"object":"event","api_version":"2026-06-24.dahlia","type":%q,"data":{"object":%s}}`, eventID, typ, object)
	return body, fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(webhook.ComputeSignature(at, body, secret)))
}

func (x *shop) post(body []byte, signature string) int {
	x.Helper()
	req, err := http.NewRequestWithContext(x.Context(), "POST", x.base+"/webhooks/stripe", strings.NewReader(string(body)))
	if err != nil {
		x.Fatal(err)
	}
	req.Header.Set("Stripe-Signature", signature)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestWebhookSignatures(t *testing.T) {
	x := open(t)
	now := time.Now()
	const object = `{"id":"pi_1","object":"payment_intent","status":"succeeded"}`
	sign := func(secret string, at time.Time) (b []byte, s string) {
		return notice("evt_"+secret, "payment_intent.succeeded", object, secret, at)
	}
	good, signature := sign(webhookSecret, now)
	other, otherSignature := sign("whsec_of_another_endpoint", now)
	old, oldSignature := sign(webhookSecret, now.Add(-301*time.Second))
	garbage, garbageSignature := notice("evt_g", "payment_intent.succeeded", `"text"`, webhookSecret, now)
	for _, tt := range []struct {
		name      string
		body      []byte
		signature string
		want      int
	}{
		{"signed", good, signature, http.StatusOK},
		{"signed, again", good, signature, http.StatusOK},
		{"no signature", good, "", http.StatusUnauthorized},
		{"another endpoint's", other, otherSignature, http.StatusUnauthorized},
		{"too old", old, oldSignature, http.StatusUnauthorized},
		{"body altered", append([]byte(" "), good...), signature, http.StatusUnauthorized},
		{"too large", []byte(strings.Repeat("x", maxNotice+1)), signature, http.StatusTooManyRequests},
		{"not an object", garbage, garbageSignature, http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code := x.in(t).post(tt.body, tt.signature); code != tt.want {
				t.Errorf("HTTP %d, want %d", code, tt.want)
			}
		})
	}
	if n := x.count("Webhooks"); n != 1 {
		t.Errorf("%d notices stored, want the good one once", n)
	}
}

// A notice says what it likes: the object itself decides.
func TestAWebhookIsAHint(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	before := x.row(orderID)
	object, err := json.Marshal(map[string]any{
		"id": before.IntentID, "object": "payment_intent", "status": "canceled", "metadata": map[string]string{"payment_id": before.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	if code := x.post(notice("evt_1", "payment_intent.canceled", string(object), webhookSecret, time.Now())); code != http.StatusOK {
		t.Fatalf("HTTP %d", code)
	}
	x.w.WaitTask(queueWork)
	x.work()
	if after := x.row(orderID); after.State != payment.Authorised || after.Version != before.Version {
		t.Errorf("row: %s at version %d, want AUTHORISED at %d: the provider still holds the money", after.State, after.Version, before.Version)
	}
}

// Notices repeated, late and in any order end in the same states.
func TestWebhooksRepeatedAndShuffled(t *testing.T) {
	for _, rule := range []map[string]any{
		{"kind": "repeat", "times": 3},
		{"kind": "reorder", "size": 3},
		{"kind": "delay", "delay_ms": 300},
		{"kind": "drop"},
	} {
		t.Run(rule["kind"].(string), func(t *testing.T) {
			x := open(t)
			x.webhooks()
			x.simulate("POST", "/simulator/webhooks", rule)
			orderID := x.authorised()
			x.confirm(orderID)
			x.reaches(orderID, payment.Captured)
			x.cancel(orderID)
			x.reaches(orderID, payment.Refunded)
			x.simulate("POST", "/simulator/webhooks/flush", nil)
			x.work()
			want := []payment.State{
				payment.Created, payment.Authorised, payment.Capturing, payment.Captured, payment.Refunding, payment.Refunded,
			}
			if diff := cmp.Diff(want, x.states(orderID)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if in := x.charge(orderID); in.count("authorised") != 1 || in.count("captured") != 1 || in.count("refunded") != 1 {
				t.Errorf("the provider's ledger: %+v, want each once", in)
			}
			x.sound()
		})
	}
}
