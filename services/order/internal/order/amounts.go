package order

import (
	"strconv"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/money"
	"github.com/issho-shop/issho/internal/spandb"
)

// MinimumTotal is the least that can be paid, in yen: the provider's, docs.stripe.com/currencies#minimum-and-maximum-charge-amounts.
const MinimumTotal = 50

// shippingTaxPercent is the rate of the fee for shipping, which is never reduced.
const shippingTaxPercent = 10

// Shipping is what the shop asks for sending one order, consumption tax included, in minor units.
type Shipping struct {
	Fee      int64
	FreeFrom int64 // sum of the lines from which it is free
}

// Amounts are an order's sums in minor units: Total = Items - Coupon - Points + Shipping.
type Amounts struct {
	Items, Shipping, Coupon, Points, Total int64
	Taxes                                  []Tax
}

// Tax is the consumption tax contained in a total at one rate.
type Tax struct {
	Percent int64
	Amount  int64
}

// Sum computes the amounts of lines, the fee for shipping them, and each line's share of the discounts, which it stores in
// the lines. FIELD_INVALID on points when, at floor, the lowest sum of the lines that can come about, they are worth more than
// the lines or leave less than MinimumTotal to pay.
func Sum(lines []Line, shipping Shipping, coupon, points, floor int64) (Amounts, error) {
	a := Amounts{Coupon: coupon, Points: points}
	weights := make([]int64, len(lines))
	for i, l := range lines {
		gross, err := money.JPY(l.UnitPrice).Mul(l.Quantity)
		if err != nil {
			return a, fault.Field("quantity", "the sum is too large").Because(err)
		}
		weights[i] = gross.Amount
		a.Items += gross.Amount
	}
	if a.Items < shipping.FreeFrom {
		a.Shipping = shipping.Fee
	}
	if coupon+points > floor {
		return a, fault.Field("points", "use no more than the goods cost at the lowest price; points do not pay for shipping")
	}
	if floor-coupon-points+a.Shipping < MinimumTotal {
		return a, fault.Field("points", "leave at least 50 yen to be paid by card")
	}
	discount(lines, coupon, points, weights)
	a.Total = a.Items - coupon - points + a.Shipping
	a.Taxes = taxes(lines, a.Shipping)
	return a, nil
}

// discount spreads coupon and points over the lines by what they cost. Points are spread by what the coupon has left of
// each line, so that no line is discounted below nothing.
func discount(lines []Line, coupon, points int64, costs []int64) {
	left := make([]int64, len(lines))
	for i, share := range money.Spread(coupon, costs) {
		lines[i].Discount = share
		left[i] = costs[i] - share
	}
	for i, share := range money.Spread(points, left) {
		lines[i].Points = share
		lines[i].Discount += share
	}
}

// Items is what lines cost before discounts.
func Items(lines []Line) int64 {
	var sum int64
	for _, l := range lines {
		sum += l.UnitPrice * l.Quantity
	}
	return sum
}

// Amounts answers what is held.
func (o *Order) Amounts() Amounts {
	return Amounts{Items: o.Items, Shipping: o.Shipping, Coupon: o.Coupon, Points: o.Points, Total: o.Total, Taxes: taxes(o.linesAt(o.Items), o.Shipping)}
}

// Final answers what is or will be captured, and whether that is known.
func (o *Order) Final() (Amounts, bool) {
	if !o.FinalTotal.Valid {
		return Amounts{}, false
	}
	return Amounts{
		Items: o.FinalItems.Int64, Shipping: o.Shipping, Coupon: o.Coupon, Points: o.Points, Total: o.FinalTotal.Int64,
		Taxes: taxes(o.Lines.V, o.Shipping),
	}, true
}

// linesAt answers the lines at the sum given: a group order has one line, whose price falls with the tier.
func (o *Order) linesAt(items int64) []Line {
	if o.Solo() || len(o.Lines.V) != 1 {
		return o.Lines.V
	}
	line := o.Lines.V[0]
	line.UnitPrice = items / line.Quantity
	return []Line{line}
}

// taxes is the tax contained per rate, each rounded down once.
func taxes(lines []Line, shipping int64) []Tax {
	gross := map[int64]int64{shippingTaxPercent: shipping}
	for _, l := range lines {
		gross[l.TaxPercent] += l.UnitPrice*l.Quantity - l.Discount
	}
	var out []Tax
	for _, percent := range []int64{8, 10} {
		if gross[percent] > 0 {
			out = append(out, Tax{Percent: percent, Amount: money.TaxContained(gross[percent], percent)})
		}
	}
	return out
}

func shardIf(listed bool, id string) spanner.NullInt64 {
	if !listed {
		return spanner.NullInt64{}
	}
	return spanner.NullInt64{Int64: spandb.Shard(id), Valid: true}
}

func cartKey(customer string, version int64) string {
	return customer + "/" + strconv.FormatInt(version, 10)
}
