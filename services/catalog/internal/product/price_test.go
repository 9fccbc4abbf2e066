package product

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/money"
)

func drawnWindow(t *rapid.T, deal bool) Window {
	start := rapid.Int64Range(0, 100).Draw(t, "start")
	w := Window{
		Price: money.JPY(rapid.Int64Range(1, 1000).Draw(t, "price")), Start: time.Unix(start, 0),
		End: time.Unix(start+rapid.Int64Range(1, 30).Draw(t, "length"), 0),
	}
	if deal {
		w.DealID = "deal"
	}
	return w
}

// Whatever windows are accepted: at each moment at most one of each kind holds, the price is the one that a reader of the
// rules would name, and between two of its changes it is the same.
func TestPriceWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var windows []Window
		for range rapid.IntRange(0, 8).Draw(t, "windows") {
			more := append(windows[:len(windows):len(windows)], drawnWindow(t, rapid.Bool().Draw(t, "deal")))
			crosses := false
			for _, w := range windows {
				last := more[len(more)-1]
				if (w.DealID == "") == (last.DealID == "") {
					for at := last.Start; at.Before(last.End); at = at.Add(time.Second) {
						crosses = crosses || w.Holds(at)
					}
				}
			}
			err := checkWindows(more, "w")
			if crosses != (err != nil) {
				t.Fatalf("crossing %v, refused with %v: %v", crosses, err, more)
			}
			if err != nil {
				if fault.ReasonOf(err) != fault.FieldInvalid {
					t.Fatal(err)
				}
				continue
			}
			windows = more
		}
		usual, at := money.JPY(rapid.Int64Range(1, 1000).Draw(t, "usual")), time.Unix(-1, 0)
		for range 140 {
			want := usual
			for _, deals := range []bool{false, true} { // deals last: they must be lower than all else
				for _, w := range windows {
					if w.Holds(at) && (w.DealID != "") == deals && (!deals || w.Price.Amount < want.Amount) {
						want = w.Price
					}
				}
			}
			if got := PriceAt(usual, windows, at); got != want {
				t.Fatalf("at %d: %v, want %v: %v", at.Unix(), got, want, windows)
			}
			next := at.Add(time.Second)
			if change := NextChange(windows, at); PriceAt(usual, windows, next) != want && !change.Equal(next) {
				t.Fatalf("the price changes at %d, NextChange says %v", next.Unix(), change)
			}
			at = next
		}
	})
}

// A change by the merchant neither makes, alters nor ends a deal.
func TestKeepDeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) (out []Window) {
			for range rapid.IntRange(0, 4).Draw(t, label) {
				out = append(out, drawnWindow(t, rapid.Bool().Draw(t, "deal")))
			}
			return out
		}
		given, had := draw("given"), draw("had")
		deals := func(all []Window) (n int, sum int64) {
			for _, w := range all {
				if w.DealID != "" {
					n, sum = n+1, sum+w.Price.Amount
				}
			}
			return n, sum
		}
		kept := keepDeals(given, had, time.Unix(0, 0))
		gotN, gotSum := deals(kept)
		wantN, wantSum := deals(had)
		givenN, _ := deals(given)
		if gotN != wantN || gotSum != wantSum || len(kept)-gotN != len(given)-givenN {
			t.Fatalf("given %v, had %v: kept %v", given, had, kept)
		}
		if again := keepDeals(nil, had, time.Unix(1e9, 0)); len(again) != 0 {
			t.Fatalf("windows of long ago are kept: %v", again)
		}
	})
}
