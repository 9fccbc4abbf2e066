package product

import (
	"fmt"
	"slices"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/money"
)

// Window is a price for a time: from Start until before End.
type Window struct {
	Price  money.Money `firestore:"price"`
	Start  time.Time   `firestore:"start"`
	End    time.Time   `firestore:"end"`
	DealID string      `firestore:"deal_id"` // of the daily deal that keeps it, empty for the merchant's own
}

// maxWindows is how many of them a variant may have.
const maxWindows = 20

// Holds tells whether the price holds at a time.
func (w Window) Holds(at time.Time) bool { return !at.Before(w.Start) && at.Before(w.End) }

// Same tells whether two windows say the same.
func (w Window) Same(o Window) bool {
	return w.Price == o.Price && w.Start.Equal(o.Start) && w.End.Equal(o.End) && w.DealID == o.DealID
}

// PriceAt is what one who buys alone pays at a time: the usual price, or that of the merchant's window that holds, or that
// of a daily deal where it is lower.
func PriceAt(usual money.Money, windows []Window, at time.Time) money.Money {
	price, deal := usual, money.Money{}
	for _, w := range windows {
		switch {
		case !w.Holds(at):
		case w.DealID == "":
			price = w.Price
		default:
			deal = w.Price
		}
	}
	if deal.Amount > 0 && deal.Amount < price.Amount {
		return deal
	}
	return price
}

// NextChange is the first moment after a time when a price changes by the clock alone; zero for never.
func NextChange(windows []Window, after time.Time) time.Time {
	var next time.Time
	for _, w := range windows {
		for _, edge := range []time.Time{w.Start, w.End} {
			if edge.After(after) && (next.IsZero() || edge.Before(next)) {
				next = edge
			}
		}
	}
	return next
}

// checkWindows refuses windows of which it is unclear which holds: FIELD_INVALID.
func checkWindows(windows []Window, path string) error {
	if len(windows) > maxWindows {
		return fault.Field(path, fmt.Sprintf("at most %d", maxWindows))
	}
	for i, w := range windows {
		at := fmt.Sprintf("%s[%d]", path, i)
		if w.Price.Currency != "JPY" {
			return fault.Field(at+".price.currency", "must be JPY")
		}
		if w.Price.Amount < 1 {
			return fault.Field(at+".price.amount", "must be at least 1 yen")
		}
		if !w.End.After(w.Start) {
			return fault.Field(at+".end_time", "must be after start_time")
		}
		crosses := func(o Window) bool {
			return (o.DealID == "") == (w.DealID == "") && o.Start.Before(w.End) && w.Start.Before(o.End)
		}
		if slices.ContainsFunc(windows[:i], crosses) {
			return fault.Field(at, "crosses another: two prices would hold at once")
		}
	}
	return nil
}

// keepDeals replaces what the caller says of daily deals by what they say themselves, and lets go of windows long over.
func keepDeals(given, had []Window, now time.Time) []Window {
	var out []Window
	for _, w := range given {
		if w.DealID == "" {
			out = append(out, w)
		}
	}
	for _, w := range had {
		if w.DealID != "" && w.End.After(now.Add(-24*time.Hour)) {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b Window) int { return a.Start.Compare(b.Start) })
	return out
}

// Discount puts variants on a daily deal.
func (p *Product) Discount(skus []string, w Window) error {
	for i, sku := range skus {
		at := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.SKU == sku })
		if at < 0 {
			return fault.Field(fmt.Sprintf("deal.skus[%d]", i), "is no variant of the product")
		}
		v := &p.Variants[at]
		if w.Price.Amount >= v.Price.Amount {
			return fault.Field("deal.price", fmt.Sprintf("must be lower than the price of each variant; that of skus[%d] is %d yen", i, v.Price.Amount))
		}
		v.Windows = append(slices.Clone(v.Windows), w)
		if err := checkWindows(v.Windows, "deal"); err != nil {
			return fault.Field("deal.start_time", "another deal on one of its variants crosses it, or there are too many prices to come")
		}
	}
	return nil
}

// Undiscount takes a daily deal back.
func (p *Product) Undiscount(dealID string) {
	for i, v := range p.Variants {
		p.Variants[i].Windows = slices.DeleteFunc(slices.Clone(v.Windows), func(w Window) bool { return w.DealID == dealID })
	}
}
