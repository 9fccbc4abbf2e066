package order

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/spandb"
)

// TestLinesGoBackOnce ships, cancels and takes back at random, and holds what goes back to what was paid: never more than a
// line's share, never twice, and all of it when nothing of the line is left.
func TestLinesGoBackOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := paidOrder(t)
		back := make([]RefundLine, len(o.Lines.V))
		var open [][]Part
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			part := Part{Line: rapid.Int64Range(1, int64(len(o.Lines.V))).Draw(t, "line"), Quantity: rapid.Int64Range(1, 3).Draw(t, "units")}
			var r *Refund
			var err error
			switch rapid.SampledFrom([]string{"ship", "deliver", "cancel", "ask", "take", "drop"}).Draw(t, "verb") {
			case "ship":
				err = o.Ship(&Parcel{Parts: []Part{part}}, now)
			case "deliver":
				if o.ParcelsOut > 0 {
					o.Deliver(now)
				}
			case "cancel":
				r, err = o.CancelLines("rfd", []Part{part}, now)
			case "ask":
				if err = o.OpenReturn([]Part{part}, now); err == nil {
					open = append(open, []Part{part})
				}
			case "take":
				if len(open) > 0 {
					r, err = o.TakeBack("rfd", open[0], now)
					open = open[1:]
				}
			case "drop":
				if len(open) > 0 {
					err = o.DropReturn(open[0], now)
					open = open[1:]
				}
			}
			if err == nil && r != nil {
				l := &back[r.Lines[0].Line-1]
				l.Quantity += r.Lines[0].Quantity
				l.Money += r.Lines[0].Money
				l.Points += r.Lines[0].Points
				if r.Money < 0 || r.Points < 0 {
					t.Fatalf("refund = %+v", r)
				}
			}
			wholeLines(t, o, back, int64(len(open)))
		}
	})
}

func wholeLines(t *rapid.T, o *Order, back []RefundLine, open int64) {
	for i, l := range o.Lines.V {
		b := back[i]
		if l.Shipped+l.Cancelled > l.Quantity || l.Returning+l.Returned > l.Shipped || l.Returning < 0 || b.Quantity != l.gone() {
			t.Fatalf("line = %+v, %d units went back", l, b.Quantity)
		}
		if b.Money > l.paid() || b.Points > l.Points || b.Quantity == l.Quantity && (b.Money != l.paid() || b.Points != l.Points) {
			t.Fatalf("%d of %d units of %d yen and %d points went back as %d and %d", b.Quantity, l.Quantity, l.paid(), l.Points, b.Money, b.Points)
		}
	}
	if o.OpenReturns != open || (o.State == Delivered) != (o.DeliveredAt.Valid) || o.CompleteAt.Valid != (o.State == Delivered && open == 0) {
		t.Fatalf("%s, %d returns open of %d, completes at %v", o.State, o.OpenReturns, open, o.CompleteAt)
	}
}

func paidOrder(t *rapid.T) *Order {
	var lines []Line
	var items int64
	for range rapid.IntRange(1, 4).Draw(t, "lines") {
		l := line(rapid.Int64Range(1, 5000).Draw(t, "price"), rapid.Int64Range(1, 6).Draw(t, "quantity"), 8)
		lines = append(lines, l)
		items += l.UnitPrice * l.Quantity
	}
	coupon := rapid.Int64Range(0, items).Draw(t, "coupon")
	points := rapid.Int64Range(0, items-coupon).Draw(t, "points")
	if _, err := Sum(lines, Shipping{Fee: 550, FreeFrom: 1 << 40}, coupon, points, items); err != nil {
		t.Fatal(err)
	}
	var spread, ofPoints int64
	for _, l := range lines {
		spread += l.Discount
		ofPoints += l.Points
		if l.paid() < 0 || l.Points > l.Discount {
			t.Fatalf("line = %+v", l)
		}
	}
	if spread != coupon+points || ofPoints != points {
		t.Fatalf("%d and %d were spread as %d, of which points %d", coupon, points, spread, ofPoints)
	}
	return &Order{OrderID: "ord_a", State: Paid, Lines: spandb.JSON[[]Line]{V: lines}}
}
