package main

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

// gate is testenv's, which can cut a process off at any of its commits; it also measures the commits.
type gate struct {
	*testenv.Gate
	addr string

	mu      sync.Mutex
	largest int                                            // mutations of the largest commit
	whose   string                                         // its tag
	cut     func(tag string, nth int, committed bool) bool // says where to cut; nil for nowhere
}

// openGate starts one before the emulator in the environment.
func openGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{}
	g.Gate = testenv.NewGate(t, os.Getenv("SPANNER_EMULATOR_HOST"), g.decide)
	g.addr = g.Addr
	return g
}

// decide says whether the process is cut off here.
func (g *gate) decide(c *spannerpb.CommitRequest, tag string, nth int, committed bool) testenv.Fate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !committed {
		g.measure(tag, c.GetMutations())
	}
	if g.cut != nil && g.cut(tag, nth, committed) {
		return testenv.Kills
	}
	return testenv.Passes
}

// isDead says whether the cut has come.
func (g *gate) isDead() bool { return g.Dead() }

// indexes are how many entries of secondary indexes may change with a row: an old and a new one each.
var indexes = map[string]int{"Orders": 2 * 4, "BuyerGroups": 2 * 3, "Members": 2}

// measure counts as Spanner does: a cell is a mutation, and so is each entry of an index, at its columns' number.
func (g *gate) measure(tag string, ms []*spannerpb.Mutation) {
	const columns = 4 // of an index, at most
	n := 0
	for _, m := range ms {
		for _, w := range []*spannerpb.Mutation_Write{m.GetInsert(), m.GetUpdate(), m.GetInsertOrUpdate(), m.GetReplace()} {
			n += len(w.GetValues()) * (len(w.GetColumns()) + columns*indexes[w.GetTable()])
		}
		n += len(m.GetDelete().GetKeySet().GetKeys())
	}
	if n > g.largest {
		g.largest, g.whose = n, tag
	}
}

// mostMutations is the most that a commit of ours may have; Spanner takes 80,000, the emulator any number.
const mostMutations = 40_000

func (g *gate) within(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	told := fmt.Sprintf("the largest commit, %q, has %d mutations", g.whose, g.largest)
	if t.Log(told); g.largest > mostMutations || g.largest == 0 {
		t.Errorf("%s; at most %d are allowed", told, mostMutations)
	}
}

// TestNoSharedCommitIsTooLarge measures the commits of single callers: as many as may share one stay within the bound. Not
// parallel: the process speaks to its database through the gate.
func TestNoSharedCommitIsTooLarge(t *testing.T) {
	g := openGate(t)
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	s := unserved(t)
	t.Setenv("SPANNER_EMULATOR_HOST", g.addr)
	s.base = testenv.Serve(s.w, run)
	c := s.campaign(hotGroup, hotGroup, 10) // by now it serves
	t.Setenv("SPANNER_EMULATOR_HOST", direct)
	first := s.buy("a", start(c))
	for _, user := range []string{"b", "c"} { // the last one's commit carries the outcome to all
		s.buy(user, join(c, first.GetInvite()))
	}
	g.allows(t, hotBatch)

	lines := make([]*cartv1.Line, 50) // the most of a cart
	for i := range lines {
		sku := id.New("sku")
		s.sell(sku, "m_1", 1000)
		s.stock(sku, 10)
		lines[i] = &cartv1.Line{Sku: sku, Quantity: 1}
	}
	s.fill("hanako", 1, lines...)
	req := start(c)
	req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 1}}, yen(50_000) // nothing for shipping
	s.buy("hanako", req)
	g.allows(t, hotRows/(2*len(lines))) // a claim and a count each
}

// allows says whether so many of the largest commit would still be one that is allowed.
func (g *gate) allows(t *testing.T, callers int) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	t.Logf("the largest commit, %q, has %d mutations", g.whose, g.largest)
	if callers*g.largest > mostMutations || g.largest == 0 {
		t.Errorf("%d callers of %d mutations (%q) may share a commit; at most %d are allowed", callers, g.largest, g.whose, mostMutations)
	}
}
