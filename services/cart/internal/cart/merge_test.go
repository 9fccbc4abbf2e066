package cart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/firedb"
)

// model is what two carts should hold, without versions, notes or order: quantities by SKU.
type model struct{ account, guest map[string]int64 }

// merge is the whole move at once.
func (m *model) merge(lines []Line) (left []string) {
	for _, l := range lines {
		if _, ok := m.account[l.SKU]; !ok && len(m.account) >= MaxLines {
			left = append(left, l.SKU)
			continue
		}
		m.account[l.SKU] = min(MaxUnits, m.account[l.SKU]+l.Quantity)
	}
	clear(m.guest)
	return left
}

func quantities(c Cart) map[string]int64 {
	q := map[string]int64{}
	for _, l := range c.Lines {
		q[l.SKU] += l.Quantity
	}
	return q
}

// TestMergeAgainstModel edits an account's and a guest's cart at random and merges them by steps that repeat, read stale
// copies and die between the two documents; every finished merge must equal the model's single step.
func TestMergeAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account, guest := Cart{Owner: "hanako"}, Cart{Owner: "g"}
		stale := guest
		m := model{map[string]int64{}, map[string]int64{}}
		sku := rapid.StringMatching(`[a-h][a-h]?`)
		edit := func(c *Cart, want map[string]int64) {
			l := line(sku.Draw(t, "sku"), rapid.Int64Range(0, MaxUnits).Draw(t, "quantity"))
			if _, err := c.Set(l); err != nil {
				return
			}
			if want[l.SKU] = l.Quantity; l.Quantity == 0 {
				delete(want, l.SKU)
			}
		}
		take := func(g Cart) {
			if account.Take(g) {
				left := m.merge(g.Lines)
				note, _ := account.Merge("g")
				if diff := cmp.Diff(left, note.LeftBehind, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("left behind (-want +got):\n%s", diff)
				}
			}
		}
		give := func() {
			if note, ok := account.Merge("g"); ok {
				guest.Give(note)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"account sets":          func(*rapid.T) { edit(&account, m.account) },
			"guest sets":            func(*rapid.T) { give(); edit(&guest, m.guest) },
			"take, then die":        func(*rapid.T) { stale = copyOf(guest); take(guest) },
			"merge":                 func(*rapid.T) { stale = copyOf(guest); take(guest); give() },
			"merge by a stale read": func(*rapid.T) { take(stale); give() },
			"": func(t *rapid.T) {
				if diff := cmp.Diff(m.account, quantities(account)); diff != "" {
					t.Fatalf("account (-want +got):\n%s", diff)
				}
				finished := copyOf(guest)
				if note, ok := account.Merge("g"); ok {
					finished.Give(note)
				}
				if diff := cmp.Diff(m.guest, quantities(finished)); diff != "" {
					t.Fatalf("guest (-want +got):\n%s", diff)
				}
				for _, c := range []Cart{account, guest} {
					if v := c.Violations(firedb.Key(c.Owner)); v != nil {
						t.Fatalf("violations: %q", v)
					}
				}
			},
		})
	})
}

func copyOf(c Cart) Cart {
	c.Lines = append([]Line(nil), c.Lines...)
	return c
}
