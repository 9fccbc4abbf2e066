package stock

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
)

var now = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

func TestSet(t *testing.T) {
	s := &Stock{SKU: "sku_a", OnHand: 10, Reserved: 4, Sequence: 7}
	tests := map[string]struct {
		onHand, sequence int64
		want             fault.Reason
		onHandAfter      int64
	}{
		"late":                   {99, 6, "", 10},
		"again":                  {99, 7, "", 10},
		"below what is reserved": {3, 8, fault.StockReserved, 10},
		"down to it":             {4, 8, "", 4},
		"up":                     {50, 9, "", 50},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := *s
			if got := fault.ReasonOf(c.Set(test.onHand, test.sequence, "user/m", "count", now)); got != test.want {
				t.Errorf("Set = %q, want %q", got, test.want)
			}
			if c.OnHand != test.onHandAfter {
				t.Errorf("on hand = %d, want %d", c.OnHand, test.onHandAfter)
			}
		})
	}
}

// TestAnyWay plays random steps on one SKU and holds it to what must be true always: no oversell, counters are rows, moves
// sum up.
func TestAnyWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Stock{SKU: "sku_a"}
		if err := s.Set(rapid.Int64Range(0, 20).Draw(t, "on hand"), 1, "user/m", "count", now); err != nil {
			t.Fatal(err)
		}
		var claims []*Reservation
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			verb := rapid.SampledFrom([]string{"reserve", "confirm", "consume", "return"}).Draw(t, "verb")
			if verb == "reserve" {
				if r, err := s.Reserve("ord", rapid.Int64Range(1, 5).Draw(t, "quantity"), now); err == nil {
					claims = append(claims, r)
				}
			} else if len(claims) > 0 {
				r := rapid.SampledFrom(claims).Draw(t, "claim")
				map[string]func(){
					"confirm": func() { r.Confirm(now) },
					"consume": func() { s.Consume(r, now) },
					"return":  func() { s.Return(r, now) },
				}[verb]()
			}
			holds(t, s, claims)
		}
	})
}

func holds(t *rapid.T, s *Stock, claims []*Reservation) {
	var reserved, sum int64
	for _, r := range claims {
		if r.State == Held || r.State == Confirmed {
			reserved += r.Quantity
		}
	}
	for _, m := range s.moves {
		sum += m.Delta
	}
	if s.Reserved != reserved || s.OnHand != sum || s.Reserved > s.OnHand || int64(len(s.moves)) != s.Moves {
		t.Fatalf("on hand %d, reserved %d; moves sum to %d, claims to %d", s.OnHand, s.Reserved, sum, reserved)
	}
}
