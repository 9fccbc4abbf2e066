package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/testenv"
)

// What a checkout asks of order's database, in calls by the tag of their transaction, its commit included; docs/performance.md
// shows it. A join reads its group first, to price it; the one here completes its group, and so carries the outcome too.
var (
	costOfAStart = map[string]int{"checkout": 9, "authorised": 7}
	costOfAJoin  = map[string]int{"checkout": 9, "authorised": 12, "get_BuyerGroups": 1}
)

// TestACheckoutCostsTheSameCalls counts them. The emulator aborts some transactions on purpose, so the least of several
// checkouts is what one needs.
func TestACheckoutCostsTheSameCalls(t *testing.T) {
	g := openGate(t)
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	s := unserved(t)
	t.Setenv("SPANNER_EMULATOR_HOST", g.addr)
	s.base = testenv.Serve(s.w, run)
	c := s.campaign(2, 2, 1000) // by now it serves
	t.Setenv("SPANNER_EMULATOR_HOST", direct)
	starts, joins := map[string]int{}, map[string]int{}
	for i := range 6 {
		before := g.CallsByTag()
		first := s.buy(fmt.Sprintf("leader-%d", i), start(c))
		between := g.CallsByTag()
		s.buy(fmt.Sprintf("friend-%d", i), join(c, first.GetInvite()))
		least(starts, costOfAStart, before, between)
		least(joins, costOfAJoin, between, g.CallsByTag())
	}
	if d := cmp.Diff(costOfAStart, starts); d != "" {
		t.Errorf("a start costs other calls (-want +got):\n%s", d)
	}
	if d := cmp.Diff(costOfAJoin, joins); d != "" {
		t.Errorf("a join costs other calls (-want +got):\n%s", d)
	}
}

// least keeps the fewest calls of each tag that is asked for. Loops and the outbox have others.
func least(known, asked, before, after map[string]int) {
	for tag := range asked {
		n := after[tag] - before[tag]
		if had, ok := known[tag]; !ok || n < had {
			known[tag] = n
		}
	}
}
