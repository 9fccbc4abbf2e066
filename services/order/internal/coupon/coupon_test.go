package coupon

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
)

var now = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

func terms() Terms {
	return Terms{Fixed: 500, From: now.Add(-time.Hour), Until: now.Add(time.Hour), MaxPerCustomer: 1}
}

func TestOff(t *testing.T) {
	tests := map[string]struct {
		change func(*Terms)
		items  int64
		want   int64
		why    string
	}{
		"fixed":                   {func(*Terms) {}, 3000, 500, ""},
		"no more than the goods":  {func(*Terms) {}, 300, 300, ""},
		"a percentage, down":      {func(m *Terms) { m.Fixed, m.Percent, m.Cap = 0, 15, 1000 }, 1999, 299, ""},
		"a percentage, capped":    {func(m *Terms) { m.Fixed, m.Percent, m.Cap = 0, 15, 1000 }, 90000, 1000, ""},
		"at the minimum":          {func(m *Terms) { m.Minimum = 3000 }, 3000, 500, ""},
		"below the minimum":       {func(m *Terms) { m.Minimum = 3001 }, 3000, 0, BelowMinimum},
		"of another campaign":     {func(m *Terms) { m.CampaignID = "cmp_b" }, 3000, 0, OtherCampaign},
		"of this campaign":        {func(m *Terms) { m.CampaignID = "cmp_a" }, 3000, 500, ""},
		"a moment before":         {func(m *Terms) { m.From = now.Add(1) }, 3000, 0, TooEarly},
		"the moment that it ends": {func(m *Terms) { m.Until = now }, 3000, 0, TooLate},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := terms()
			test.change(&m)
			got, err := New("A", m, 1, now).Off(test.items, "cmp_a", now)
			if got != test.want || fault.Meta(err, "why") != test.why {
				t.Errorf("off = %d, %v, want %d, %q", got, err, test.want, test.why)
			}
		})
	}
}

// TestUsesAreCounted plays holds, commits and returns at random against a plain count.
func TestUsesAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := terms()
		m.MaxPerCustomer = rapid.Int64Range(1, 3).Draw(t, "per customer")
		c := New("A", m, rapid.Int64Range(1, 6).Draw(t, "uses"), now)
		of := map[string]Uses{}
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			who := rapid.SampledFrom([]string{"hanako", "taro", "jiro"}).Draw(t, "customer")
			if rapid.Bool().Draw(t, "hold") {
				living := of[who].living()
				use, err := c.Hold(who, string(rune('a'+i)), of[who], now)
				if (err == nil) != (living < m.MaxPerCustomer && c.Held+c.Used-one(err) < c.MaxUses) {
					t.Fatalf("hold with %d living, %d held, %d used: %v", living, c.Held, c.Used, err)
				}
				if err == nil {
					of[who] = of[who].With(use)
				}
			} else if len(of[who]) > 0 {
				use := rapid.SampledFrom(of[who]).Draw(t, "use")
				if rapid.Bool().Draw(t, "commit") {
					c.Commit(&use, now)
				} else {
					c.Return(&use, now)
				}
				of[who] = of[who].With(use)
			}
			counted(t, c, of)
		}
	})
}

// one is what a hold that succeeded has added.
func one(err error) int64 {
	if err == nil {
		return 1
	}
	return 0
}

func counted(t *rapid.T, c *Coupon, of map[string]Uses) {
	var held, used int64
	for _, uses := range of {
		for _, use := range uses {
			switch use.State {
			case Held:
				held++
			case Used:
				used++
			}
		}
		if uses.living() > c.Terms.V.MaxPerCustomer {
			t.Fatalf("one customer has %v", uses)
		}
	}
	if c.Held != held || c.Used != used || held+used > c.MaxUses {
		t.Fatalf("held %d, used %d; the rows say %d and %d of %d", c.Held, c.Used, held, used, c.MaxUses)
	}
}
