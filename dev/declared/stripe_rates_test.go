package declared

import (
	"regexp"
	"strconv"
	"testing"
)

// Stripe's limits of a live account, in requests a second (docs/stripe.md).
const (
	stripeOfAnEndpoint = 25
	stripeInAll        = 100
)

// payment's tasks, and what its instances do beside the queue, leave room for as many authorisations as Stripe takes: each of
// these makes one call of two endpoints; a task up to three, as for a refund; what is done beside the queue, two.
func TestPaymentLeavesRoomForAuthorisations(t *testing.T) {
	rate := read(t).Queues["payment-work"].DispatchesPerSecond
	found := regexp.MustCompile(`(?:CAPTURES|SWEPT)_PER_SECOND, default=([0-9.]+)`).FindAllStringSubmatch(sources(t, "../../services/payment"), -1)
	var programs map[string]struct{ Max float64 }
	unmarshal(t, "../../terraform/programs.yaml", &programs)
	if len(found) != 2 || programs["payment"].Max == 0 {
		t.Fatalf("beside the queue %v, instances %v", found, programs["payment"])
	}
	beside := 0.
	for _, f := range found {
		each, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		beside += each * programs["payment"].Max
	}
	if beside+rate >= stripeOfAnEndpoint || 2*stripeOfAnEndpoint+2*beside+3*rate > stripeInAll {
		t.Errorf("%g payments beside the queue and %g tasks a second are, with %d authorisations, more than Stripe takes", beside, rate, stripeOfAnEndpoint)
	}
}
