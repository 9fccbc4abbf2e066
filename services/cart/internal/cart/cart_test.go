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

func TestSaveAndUnsave(t *testing.T) {
	tests := []struct {
		name         string
		cart         Cart
		do           func(*Cart) (bool, error)
		lines, saved []Line
		changed      bool
		reason       fault.Reason
	}{
		{name: "save", cart: Cart{Lines: []Line{line("a", 2), line("b", 1)}}, do: func(c *Cart) (bool, error) { return c.Save("a") },
			lines: []Line{line("b", 1)}, saved: []Line{line("a", 2)}, changed: true},
		{name: "save again", cart: Cart{Saved: []Line{line("a", 2)}}, do: func(c *Cart) (bool, error) { return c.Save("a") }, saved: []Line{line("a", 2)}},
		{name: "save what is not there", do: func(c *Cart) (bool, error) { return c.Save("a") }, reason: fault.NotFound},
		{name: "save the 51st", cart: Cart{Lines: []Line{line("a", 2)}, Saved: full()}, do: func(c *Cart) (bool, error) { return c.Save("a") },
			lines: []Line{line("a", 2)}, saved: full(), reason: fault.LimitReached},
		{name: "back", cart: Cart{Lines: []Line{line("b", 1)}, Saved: []Line{line("a", 2)}}, do: func(c *Cart) (bool, error) { return c.Unsave("a") },
			lines: []Line{line("b", 1), line("a", 2)}, changed: true},
		{name: "back again", cart: Cart{Lines: []Line{line("a", 2)}}, do: func(c *Cart) (bool, error) { return c.Unsave("a") }, lines: []Line{line("a", 2)}},
		{name: "back into a full cart", cart: Cart{Lines: full(), Saved: []Line{line("a", 2)}}, do: func(c *Cart) (bool, error) { return c.Unsave("a") },
			lines: full(), saved: []Line{line("a", 2)}, reason: fault.LimitReached},
		{name: "set what is saved", cart: Cart{Saved: []Line{line("a", 2)}}, do: func(c *Cart) (bool, error) { return c.Set(line("a", 1)) },
			lines: []Line{line("a", 1)}, changed: true},
		{name: "forget", cart: Cart{Saved: []Line{line("a", 2)}}, do: func(c *Cart) (bool, error) { return c.Forget("a"), nil }, changed: true},
		{name: "forget again", do: func(c *Cart) (bool, error) { return c.Forget("a"), nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.cart
			changed, err := tt.do(&c)
			if changed != tt.changed || fault.ReasonOf(err) != tt.reason || (c.Version == 1) != changed {
				t.Errorf("changed %v, %v, version %d; want %v, %q", changed, err, c.Version, tt.changed, tt.reason)
			}
			if diff := cmp.Diff([][]Line{tt.lines, tt.saved}, [][]Line{c.Lines, c.Saved}, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("lines and saved (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDifferencesAndAccept(t *testing.T) {
	c := Cart{Lines: []Line{line("up", 1), line("down", 1), line("gone", 2), line("out", 3), line("few", 4), line("same", 5), line("unknown", 1)}}
	live := map[string]Live{
		"up": {600, "JPY", 9}, "down": {400, "JPY", 9}, "out": {500, "JPY", 0}, "few": {700, "JPY", 3}, "same": {500, "JPY", 5},
		"unknown": {500, "JPY", UnknownStock},
	}
	found := c.Differences(live)
	var told []string
	for _, d := range found {
		told = append(told, d.Line.SKU+" "+string(d.Kind))
	}
	want := []string{"up PRICE_RAISED", "down PRICE_LOWERED", "gone NOT_FOR_SALE", "out SOLD_OUT", "few PRICE_RAISED", "few FEWER_LEFT"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if !c.Accept(found) || c.Version != 1 || c.Accept(c.Differences(live)) {
		t.Errorf("taken on at version %d; a second look finds %v", c.Version, c.Differences(live))
	}
	lines := []Line{{"up", 1, 600, "JPY"}, {"down", 1, 400, "JPY"}, {"few", 3, 700, "JPY"}, line("same", 5), line("unknown", 1)}
	if diff := cmp.Diff([][]Line{lines, {line("gone", 2), line("out", 3)}}, [][]Line{c.Lines, c.Saved}); diff != "" {
		t.Errorf("lines and saved (-want +got):\n%s", diff)
	}
}

func TestTakeSavesWhatDoesNotFit(t *testing.T) {
	c := Cart{Owner: "hanako", Lines: full(), Saved: []Line{line("sku1000", 1)}}
	c.Lines[0].Quantity = 7
	claim := Claim{Account: "hanako", Version: 2, Lines: []Line{line("x", 1), line("sku0", 7)}, Saved: []Line{line("sku1", 1), line("y", 2)}}
	if !c.Take("g", claim) || c.Take("g", claim) {
		t.Fatal("Take should change something once")
	}
	if q := c.Lines[0].Quantity; q != MaxUnits {
		t.Errorf("quantities added up to %d, want %d", q, MaxUnits)
	}
	note, _ := c.Merge("g")
	if diff := cmp.Diff(Merge{Guest: "g", Version: 2, LeftBehind: []string{"x"}, Capped: []string{"sku0"}}, note); diff != "" {
		t.Errorf("note (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Line{line("sku1000", 1), line("x", 1), line("y", 2)}, c.Saved); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
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
