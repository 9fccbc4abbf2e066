package campaign

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/money"
)

// drawn is a campaign that keeps every rule.
func drawn(t *rapid.T) Campaign {
	minSize := rapid.Int32Range(2, 50).Draw(t, "min")
	c := Campaign{
		MinSize: minSize, WindowSeconds: rapid.Int64Range(600, 5*24*3600).Draw(t, "window"),
		StartTime: time.Unix(1000, 0), EndTime: time.Unix(1000+rapid.Int64Range(1, 1e6).Draw(t, "length"), 0), State: Live,
	}
	size, price := minSize, rapid.Int64Range(1000, 100000).Draw(t, "price")
	for i := range rapid.IntRange(1, 10).Draw(t, "tiers") {
		if i > 0 {
			size += rapid.Int32Range(1, 20).Draw(t, "step")
			price -= rapid.Int64Range(1, 95).Draw(t, "off") // at most nine steps: never under 50 yen
		}
		c.Tiers = append(c.Tiers, Tier{size, money.JPY(price)})
	}
	c.MaxSize = size + rapid.Int32Range(0, 10).Draw(t, "room")
	return c
}

func TestCheckTakesWhatKeepsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := drawn(t).Check(); err != nil {
			t.Fatalf("refused: %v", err)
		}
	})
}

func TestCheckRefusesWhatBreaksOne(t *testing.T) {
	breaks := map[string]func(*rapid.T, *Campaign){
		"price does not fall": func(t *rapid.T, c *Campaign) {
			i := rapid.IntRange(0, len(c.Tiers)-1).Draw(t, "i")
			c.Tiers = slices.Insert(c.Tiers, i+1, Tier{c.Tiers[i].Size + 1, c.Tiers[i].UnitPrice})
			for j := i + 2; j < len(c.Tiers); j++ {
				c.Tiers[j].Size++
			}
			c.MaxSize++
		},
		"sizes do not grow": func(t *rapid.T, c *Campaign) {
			last := c.Tiers[len(c.Tiers)-1]
			c.Tiers = append(c.Tiers, Tier{last.Size, money.JPY(last.UnitPrice.Amount - 1)})
		},
		"first tier elsewhere":  func(_ *rapid.T, c *Campaign) { c.Tiers[0].Size++; c.MaxSize += 100 },
		"tier nobody reaches":   func(_ *rapid.T, c *Campaign) { c.MaxSize = c.Tiers[len(c.Tiers)-1].Size - 1 },
		"less than can be paid": func(_ *rapid.T, c *Campaign) { c.Tiers[len(c.Tiers)-1].UnitPrice = money.JPY(49) },
		"window too short":      func(_ *rapid.T, c *Campaign) { c.WindowSeconds = 599 },
		"window too long":       func(_ *rapid.T, c *Campaign) { c.WindowSeconds = int64(MaxWindow/time.Second) + 1 },
		"no tiers":              func(_ *rapid.T, c *Campaign) { c.Tiers = nil },
		"ends first":            func(_ *rapid.T, c *Campaign) { c.EndTime = c.StartTime },
	}
	for name, spoil := range breaks {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := drawn(t)
				spoil(t, &c)
				if got := fault.ReasonOf(c.Check()); got != fault.FieldInvalid {
					t.Fatalf("%q, want FIELD_INVALID: %+v", got, c)
				}
			})
		})
	}
}

func TestWindowEndsBeforeTheHold(t *testing.T) {
	if MaxWindow > 5*24*time.Hour || MaxWindow > shortestHold-24*time.Hour {
		t.Errorf("a group may gather for %v: longer than 5 days, or than a hold less a day", MaxWindow)
	}
}

func TestLiveAt(t *testing.T) {
	c := Campaign{State: Live, StartTime: time.Unix(100, 0), EndTime: time.Unix(200, 0)}
	for at, want := range map[int64]bool{99: false, 100: true, 199: true, 200: false} {
		if got := c.LiveAt(time.Unix(at, 0)); got != want {
			t.Errorf("live at %d: %v, want %v", at, got, want)
		}
	}
	c.State = Ended
	if c.LiveAt(time.Unix(150, 0)) {
		t.Error("an ended campaign is live")
	}
}
