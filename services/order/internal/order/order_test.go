package order

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
)

var now = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

func line(price, quantity, tax int64) Line {
	return Line{SKU: "sku_a", UnitPrice: price, Quantity: quantity, TaxPercent: tax}
}

func TestSum(t *testing.T) {
	fee := Shipping{Fee: 550, FreeFrom: 5000}
	tests := map[string]struct {
		lines  []Line
		points int64
		want   Amounts
	}{
		"one line": {
			lines: []Line{line(1080, 2, 8)},
			want:  Amounts{Items: 2160, Shipping: 550, Total: 2710, Taxes: []Tax{{8, 160}, {10, 50}}},
		},
		"two rates, each rounded down once": {
			lines: []Line{line(199, 3, 8), line(333, 1, 10)},
			want:  Amounts{Items: 930, Shipping: 550, Total: 1480, Taxes: []Tax{{8, 44}, {10, 80}}},
		},
		"shipping is free from 5,000 yen": {
			lines: []Line{line(5000, 1, 10)},
			want:  Amounts{Items: 5000, Total: 5000, Taxes: []Tax{{10, 454}}},
		},
		"points fall on the lines in proportion": {
			lines:  []Line{line(3000, 1, 10), line(3000, 1, 8)},
			points: 1001,
			want:   Amounts{Items: 6000, Points: 1001, Total: 4999, Taxes: []Tax{{8, 185}, {10, 227}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Sum(test.lines, fee, 0, test.points, 6000)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("amounts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSumLeavesTheProvidersLeast(t *testing.T) {
	_, err := Sum([]Line{line(1000, 1, 10)}, Shipping{}, 0, 500, 549)
	if fault.ReasonOf(err) != fault.FieldInvalid {
		t.Errorf("49 yen left at the lowest tier: %v, want FIELD_INVALID", err)
	}
	if _, err := Sum([]Line{line(1000, 1, 10)}, Shipping{}, 0, 500, 550); err != nil {
		t.Errorf("50 yen left: %v", err)
	}
}

func TestPointsPayForGoodsOnly(t *testing.T) {
	fee := Shipping{Fee: 550, FreeFrom: 5000}
	_, err := Sum([]Line{line(1000, 1, 8)}, fee, 0, 901, 900)
	if fault.ReasonOf(err) != fault.FieldInvalid {
		t.Errorf("a line discounted below nothing: %v, want FIELD_INVALID", err)
	}
	if _, err := Sum([]Line{line(1000, 1, 8)}, fee, 0, 900, 900); err != nil {
		t.Errorf("all but shipping by points: %v", err)
	}
}

func TestDiscountsAreSpreadWithoutLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []Line
		for range rapid.IntRange(1, 10).Draw(t, "lines") {
			lines = append(lines, line(rapid.Int64Range(50, 100_000).Draw(t, "price"), rapid.Int64Range(1, 10).Draw(t, "quantity"), 10))
		}
		points := rapid.Int64Range(0, 1000).Draw(t, "points")
		a, err := Sum(lines, Shipping{}, 0, points, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		var spread int64
		for _, l := range lines {
			spread += l.Discount
		}
		if spread != points || a.Total != a.Items-points {
			t.Fatalf("%d points became %d on the lines; total %d of %d", points, spread, a.Total, a.Items)
		}
	})
}

func placed(group string) *Order {
	o := &Order{OrderID: "ord_a", CustomerID: "hanako", GroupID: group, Lines: spandb.JSON[[]Line]{V: []Line{line(1000, 2, 10)}}, Items: 2000, Shipping: 550, Total: 2550}
	o.Place(now.Add(time.Minute), now)
	return o
}

func events(o *Order) []string {
	var told []string
	for _, t := range o.Trail() {
		if t.Event != "" {
			told = append(told, t.Event)
		}
	}
	return told
}

func TestAGroupOrderIsPaidAtTheTierReached(t *testing.T) {
	o := placed("grp_a")
	o.Authorise("pay_a", now)
	o.Confirm("hanako", 900, now)
	o.Pay(now)
	if o.State != Paid || o.FinalTotal.Int64 != 2350 || o.Total != 2550 || o.HoldShard.Valid {
		t.Errorf("order = %s, %d of %d yen", o.State, o.FinalTotal.Int64, o.Total)
	}
	if diff := cmp.Diff([]string{"order.authorised", "order.confirmed", "order.paid"}, events(o)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if held := o.Amounts(); held.Items != 2000 || held.Taxes[0].Amount != 231 {
		t.Errorf("what is held = %+v, want it at the first tier", held)
	}
}

func TestASoloOrderIsBoughtWhenAuthorised(t *testing.T) {
	o := placed("")
	o.Authorise("pay_a", now)
	if diff := cmp.Diff([]string{"order.authorised", "order.confirmed"}, events(o)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if o.Version != 3 || o.State != Confirmed || o.FinalTotal.Int64 != o.Total {
		t.Errorf("order = %s at version %d, %d yen", o.State, o.Version, o.FinalTotal.Int64)
	}
}

func TestNothingRevives(t *testing.T) {
	o := placed("grp_a")
	if !o.Cancel(PaymentTimeout, now) {
		t.Fatal("an unpaid order could not be cancelled")
	}
	version := o.Version
	if o.Authorise("pay_a", now) || o.Confirm("hanako", 900, now) || o.Pay(now) || o.Cancel(Customer, now) {
		t.Error("a cancelled order moved")
	}
	if o.Version != version || o.CancelReason != PaymentTimeout {
		t.Errorf("a cancelled order changed: version %d, %s", o.Version, o.CancelReason)
	}
}
