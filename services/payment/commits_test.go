package main

import (
	"maps"
	"net/http"
	"os"
	"sync"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// commits counts, by the tag of their transaction, those that were made.
type commits struct {
	mu   sync.Mutex
	made map[string]int
}

func (c *commits) fate(_ *spannerpb.CommitRequest, tag string, _ int, committed bool) testenv.Fate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if committed {
		c.made[tag]++
	}
	return testenv.Passes
}

// take answers what was counted since the last time.
func (c *commits) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	made := maps.Clone(c.made)
	clear(c.made)
	return made
}

// What a payment costs its database: docs/performance.md tells these numbers.
func TestCommitsOfAPayment(t *testing.T) {
	counted := &commits{made: map[string]int{}}
	gate := testenv.NewGate(t, os.Getenv("SPANNER_EMULATOR_HOST"), counted.fate)
	x := openBehind(t, gate.Addr)
	x.authorised() // the provider knows the customer from here on
	testenv.Eventually(t, x.unsent)
	counted.take()

	orderID := x.authorised()
	testenv.Eventually(t, x.unsent)
	if diff := cmp.Diff(map[string]int{"change": 3, "outbox_delete": 1}, counted.take()); diff != "" {
		t.Errorf("commits of an authorisation (-want +got):\n%s", diff)
	}
	if code := x.w.Deliver(x.base, x.orderEvent("order.confirmed", orderID, total)); code != http.StatusNoContent && code != http.StatusOK {
		t.Fatalf("order.confirmed: HTTP %d", code)
	}
	testenv.Eventually(t, x.unsent)
	if diff := cmp.Diff(map[string]int{"change": 2, "outbox_delete": 1}, counted.take()); diff != "" {
		t.Errorf("commits of a confirmation and its capture (-want +got):\n%s", diff)
	}
	if p := x.row(orderID); p.State != payment.Captured {
		t.Errorf("payment is %s", p.State)
	}
}
