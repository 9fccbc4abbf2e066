package cart

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/firedb"
)

// model is what a guest's cart and two accounts' should hold, without versions, notes or order: quantities by SKU.
type model map[string]map[string]int64

// move is a whole merge at once.
func (m model) move(guest, account string) {
	for sku, q := range m[guest] {
		if _, ok := m[account][sku]; ok || len(m[account]) < MaxLines {
			m[account][sku] = min(MaxUnits, m[account][sku]+q)
		}
	}
	clear(m[guest])
}

func quantities(c Cart) map[string]int64 {
	q := map[string]int64{}
	for _, l := range c.Lines {
		q[l.SKU] += l.Quantity
	}
	return q
}

// stage is the three stored carts, and what a process that died or slept may still hold in its hands.
type stage struct {
	carts map[string]*Cart
	held  []Claim // read at some time; may be settled at any later one
	now   time.Time
}

func (s *stage) claim(account string) {
	s.carts["g"].ClaimFor(account, s.now)
	if claim := s.carts["g"].Claim; claim != nil {
		s.held = append(s.held, *claim)
	}
}

func (s *stage) settle(claim Claim) {
	s.carts[claim.Account].Take("g", claim)
	s.carts["g"].Release(claim)
}

// TestMergeAgainstModel edits a guest's and two accounts' carts at random and lets both accounts merge the guest's, by
// steps that stop half-way, repeat, and settle claims read long ago, also of a guest who was forgotten since. What is claimed
// must come in once, at the account that claimed it, exactly as if each merge were one step.
func TestMergeAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stage{carts: map[string]*Cart{"g": {Owner: "g"}, "a": {Owner: "a"}, "b": {Owner: "b"}}}
		m := model{"g": {}, "a": {}, "b": {}}
		sku := rapid.StringMatching(`[a-h][a-d]?`)
		account := rapid.SampledFrom([]string{"a", "b"})
		finish := func() { // what is under way, as the next who meets it does
			if claim := s.carts["g"].Claim; claim != nil {
				s.settle(*claim)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				who := rapid.SampledFrom([]string{"g", "a", "b"}).Draw(t, "who")
				if s.carts["g"].Claim != nil && who != "g" {
					return // the model moves at once, so the account must not change in between
				}
				l := line(sku.Draw(t, "sku"), rapid.Int64Range(0, MaxUnits).Draw(t, "quantity"))
				if _, err := s.carts[who].Set(l); err != nil {
					return
				}
				if m[who][l.SKU] = l.Quantity; l.Quantity == 0 {
					delete(m[who], l.SKU)
				}
			},
			"claim, then die": func(t *rapid.T) {
				by := account.Draw(t, "by")
				if s.carts["g"].Claim == nil {
					m.move("g", by)
				}
				s.claim(by)
			},
			"take, then die": func(*rapid.T) {
				if claim := s.carts["g"].Claim; claim != nil {
					s.carts[claim.Account].Take("g", *claim)
				}
			},
			"merge": func(t *rapid.T) {
				finish()
				by := account.Draw(t, "by")
				m.move("g", by)
				s.claim(by)
				finish()
			},
			"expire": func(*rapid.T) {
				finish() // as the sweep does first
				s.carts["g"] = &Cart{Owner: "g"}
				s.now = s.now.Add(GuestKept)
				clear(m["g"])
			},
			"somebody wakes up": func(t *rapid.T) {
				if len(s.held) > 0 {
					s.settle(rapid.SampledFrom(s.held).Draw(t, "held"))
				}
			},
			"": func(t *rapid.T) {
				after := stage{carts: map[string]*Cart{}}
				for id, c := range s.carts {
					copied := c.clone()
					after.carts[id] = &copied
				}
				if claim := after.carts["g"].Claim; claim != nil {
					after.settle(*claim)
				}
				for id, c := range after.carts {
					if diff := cmp.Diff(m[id], quantities(*c)); diff != "" {
						t.Fatalf("%s (-want +got):\n%s", id, diff)
					}
					for _, c := range []*Cart{c, s.carts[id]} {
						if v := c.Violations(firedb.Key(c.Owner)); v != nil {
							t.Fatalf("violations: %q", v)
						}
					}
				}
			},
		})
	})
}

// TestMergesCommute brings two guests' carts in, in either order and each of them twice: the same quantities, whatever they
// were, as long as all lines fit; never more than the limits; and nothing lost that the limits allow.
func TestMergesCommute(t *testing.T) {
	lines := rapid.Custom(func(t *rapid.T) []Line {
		var out []Line
		for sku, q := range rapid.MapOfN(rapid.IntRange(0, 80), rapid.Int64Range(1, MaxUnits), 0, MaxLines).Draw(t, "lines") {
			out = append(out, line(fmt.Sprint(sku), q))
		}
		slices.SortFunc(out, func(a, b Line) int { return int(b.Quantity - a.Quantity) })
		return out
	})
	rapid.Check(t, func(t *rapid.T) {
		own, one, two := lines.Draw(t, "own"), lines.Draw(t, "one"), lines.Draw(t, "two")
		merged := func(order ...int) Cart {
			c := Cart{Owner: "a", Lines: slices.Clone(own)}
			for _, i := range order {
				c.Take(fmt.Sprint(i), Claim{Account: "a", Version: 1, Lines: [][]Line{one, two}[i]})
			}
			return c
		}
		x, y := merged(0, 1, 0, 1), merged(1, 0)
		all := map[string]int64{}
		for _, l := range slices.Concat(own, one, two) {
			all[l.SKU] = min(MaxUnits, all[l.SKU]+l.Quantity)
		}
		for _, c := range []Cart{x, y} {
			if v := c.Violations(firedb.Key("a")); v != nil {
				t.Fatalf("violations: %q", v)
			}
			if len(c.Lines) != min(len(all), MaxLines) {
				t.Fatalf("%d lines of %d SKUs", len(c.Lines), len(all))
			}
		}
		if len(all) <= MaxLines && (!maps.Equal(quantities(x), all) || !maps.Equal(quantities(y), all)) {
			t.Fatalf("one after the other %v, the other way round %v, want %v", quantities(x), quantities(y), all)
		}
	})
}
