package cart

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
)

func line(sku string, quantity int64) Line {
	return Line{SKU: sku, Quantity: quantity, Price: 500, Currency: "JPY"}
}

func full() []Line {
	lines := make([]Line, MaxLines)
	for i := range lines {
		lines[i] = line(fmt.Sprintf("sku%d", i), 1)
	}
	return lines
}

func TestSet(t *testing.T) {
	tests := []struct {
		name    string
		lines   []Line
		set     Line
		want    []Line
		changed bool
		reason  fault.Reason
	}{
		{name: "first", set: line("a", 2), want: []Line{line("a", 2)}, changed: true},
		{name: "another goes last", lines: []Line{line("b", 1)}, set: line("a", 2), want: []Line{line("b", 1), line("a", 2)}, changed: true},
		{name: "the same again", lines: []Line{line("a", 2)}, set: line("a", 2), want: []Line{line("a", 2)}},
		{
			name: "a line keeps its price", lines: []Line{line("a", 2)},
			set: Line{SKU: "a", Quantity: 3, Price: 900, Currency: "JPY"}, want: []Line{line("a", 3)}, changed: true,
		},
		{name: "out", lines: []Line{line("a", 2), line("b", 1)}, set: line("a", 0), want: []Line{line("b", 1)}, changed: true},
		{name: "out without being in", set: line("a", 0)},
		{name: "eleven units", set: line("a", 11), reason: fault.LimitReached},
		{name: "the 51st line", lines: full(), set: line("a", 1), want: full(), reason: fault.LimitReached},
		{name: "a full cart's own line", lines: full(), set: line("sku0", 1), want: full()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Cart{Version: 7, Lines: tt.lines}
			changed, err := c.Set(tt.set)
			if changed != tt.changed || fault.ReasonOf(err) != tt.reason {
				t.Errorf("Set = %v, %v; want %v, %q", changed, err, tt.changed, tt.reason)
			}
			if diff := cmp.Diff(tt.want, c.Lines, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if grown := c.Version - 7; (grown == 1) != tt.changed || grown > 1 {
				t.Errorf("version grew by %d", grown)
			}
		})
	}
}

func TestBuyTakesLinesAwayOnce(t *testing.T) {
	c := Cart{Version: 3, Lines: []Line{line("a", 5), line("b", 1), line("c", 1)}}
	bought := []Line{line("a", 2), line("b", 1), line("gone", 1)}
	if !c.Buy("o1", bought) {
		t.Fatal("the first Buy changed nothing")
	}
	want := Cart{Version: 4, Lines: []Line{line("a", 3), line("c", 1)}, Bought: []string{"o1"}}
	if c.Buy("o1", bought) {
		t.Error("the same order took lines away again")
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("cart (-want +got):\n%s", diff)
	}
}

func TestCartForgetsOldOrders(t *testing.T) {
	var c Cart
	for i := range ordersKept + 5 {
		c.Buy(fmt.Sprint(i), nil)
	}
	if len(c.Bought) != ordersKept || c.Bought[0] != "5" {
		t.Errorf("%d orders from %s on, want %d from 5 on", len(c.Bought), c.Bought[0], ordersKept)
	}
}

func TestTakeLeavesBehindWhatDoesNotFit(t *testing.T) {
	c := Cart{Owner: "hanako", Lines: full()}
	c.Lines[0].Quantity = 7
	guest := Cart{Owner: "g", Version: 2, Lines: []Line{line("x", 1), line("sku0", 7), line("y", 2)}}
	if !c.Take(guest) {
		t.Fatal("Take changed nothing")
	}
	if q := c.Lines[0].Quantity; q != MaxUnits {
		t.Errorf("quantities added up to %d, want %d", q, MaxUnits)
	}
	note, _ := c.Merge("g")
	want := Merge{Guest: "g", Version: 2, Lines: guest.Lines, LeftBehind: []string{"x", "y"}}
	if diff := cmp.Diff(want, note); diff != "" {
		t.Errorf("note (-want +got):\n%s", diff)
	}
}

func TestViolations(t *testing.T) {
	good := Cart{Owner: "hanako", Lines: []Line{line("a", 1)}, Bought: []string{"o1"}}
	if got := good.Violations(firedb.Key("hanako")); got != nil {
		t.Errorf("a good cart has violations: %q", got)
	}
	bad := Cart{Owner: "taro", Lines: append(full(), line("sku0", 0)), Bought: []string{"o1", "o1"}}
	if got := bad.Violations(firedb.Key("hanako")); len(got) != 5 {
		t.Errorf("Violations = %q, want 5", got)
	}
}
