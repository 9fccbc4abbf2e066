package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/issho-shop/issho/internal/testenv"
)

func startSimulator(t testing.TB, clockFile string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(simulator)
	cmd.Env = append(os.Environ(), fmt.Sprintf("PORT=%d", port), "STRIPE_KEY="+stripeKey, "STRIPE_WEBHOOK_SECRET="+webhookSecret,
		"CLOCK_FILE="+clockFile, "WEBHOOK_URL=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing
		_ = cmd.Wait()         // killed, as asked
	})
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	testenv.Eventually(t, func() error {
		res, err := http.Get(base + "/health/live")
		if err == nil {
			res.Body.Close()
		}
		return err
	})
	return base
}

// simulate speaks to the hand that holds the provider's strings and returns the answer's body.
func (x *shop) simulate(method, path string, body any) []byte {
	x.Helper()
	var in bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&in).Encode(body); err != nil {
			x.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(x.Context(), method, x.stripe+path, &in)
	if err != nil {
		x.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		x.Fatalf("%s %s: HTTP %d %v %s", method, path, res.StatusCode, err, out)
	}
	return out
}

// fault scripts one failure of the provider.
func (x *shop) fault(kind, when, path string, more map[string]any) {
	x.Helper()
	f := map[string]any{"kind": kind, "method": "POST", "path": path, "count": 1}
	if when != "" {
		f["when"] = when
	}
	for k, v := range more {
		f[k] = v
	}
	x.simulate("POST", "/simulator/faults", f)
}

// intent is a PaymentIntent in the provider's ledger.
type intent struct {
	ID         string
	Status     string
	Amount     int64
	Authorised int64 `json:"amount_authorised"`
	Captured   int64 `json:"amount_captured"`
	Released   int64 `json:"amount_released"`
	Refunded   int64 `json:"amount_refunded"`
	Entries    []struct {
		Kind string
		Key  string `json:"idempotency_key"`
	}
}

// ledger is what the provider has of an order.
func (x *shop) ledger(orderID string) []intent {
	x.Helper()
	var out struct {
		Intents []intent `json:"payment_intents"`
	}
	body := x.simulate("GET", "/simulator/ledger?metadata[order_id]="+orderID, nil)
	if err := json.Unmarshal(body, &out); err != nil {
		x.Fatal(err)
	}
	return out.Intents
}

// charge is the provider's only object of an order.
func (x *shop) charge(orderID string) intent {
	x.Helper()
	all := x.ledger(orderID)
	if len(all) != 1 {
		x.Fatalf("the provider has %d objects of the order, want 1: %+v", len(all), all)
	}
	return all[0]
}

func (in intent) count(kind string) (n int) {
	for _, e := range in.Entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// refunds are the ids of the provider's refunds of an order.
func (x *shop) refunds(orderID string) (ids []string) {
	x.Helper()
	var out struct {
		Intents []struct {
			Refunds []struct{ ID string }
		} `json:"payment_intents"`
	}
	if err := json.Unmarshal(x.simulate("GET", "/simulator/ledger?metadata[order_id]="+orderID, nil), &out); err != nil {
		x.Fatal(err)
	}
	for _, in := range out.Intents {
		for _, re := range in.Refunds {
			ids = append(ids, re.ID)
		}
	}
	return ids
}

func sorted(set map[string]bool) []string {
	return slices.Sorted(maps.Keys(set))
}
