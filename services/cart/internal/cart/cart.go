// Package cart holds what is true of a cart: at most 50 lines of 1 to 10 units, at most 50 SKUs saved for later, each SKU
// in one place only, and a version that grows by one with every change.
//
// Two things happen to a cart exactly once, however often they are told: a bought order takes its lines away, and a guest's
// lines move to the account that logged in (merge.go). The cart itself remembers both, so that one write makes the change
// and the memory of it.
package cart

import (
	"slices"
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// What a cart holds at most. A cart that is full of distinct lines is still far under Firestore's megabyte.
const (
	MaxUnits = 10
	MaxLines = 50
	MaxSaved = 50
)

// GuestKept is how long a guest's cart outlives its last change.
const GuestKept = 30 * 24 * time.Hour

// ordersKept is how many bought orders a cart remembers: repeats come within hours.
const ordersKept = 100

// Cart is one customer's, as stored. The zero Cart with an owner is the cart of someone who never had one.
type Cart struct {
	Owner   string `firestore:"owner"`
	Version int64  `firestore:"version"` // 1 with the first change
	Lines   []Line `firestore:"lines"`   // in the order in which they were put in
	Saved   []Line `firestore:"saved"`   // for later, in the order in which they were saved

	Bought []string `firestore:"bought"` // orders whose lines have left, newest last
	Merges []Merge  `firestore:"merges"` // guests' carts taken in, newest last
	Claim  *Claim   `firestore:"claim"`  // a guest's: what an account is taking; nil when none is

	ExpireTime *time.Time `firestore:"expire_time"` // a guest's: when it is forgotten; nil of an account
}

// Line is some units of one SKU.
type Line struct {
	SKU      string `firestore:"sku"`
	Quantity int64  `firestore:"quantity"` // 1 to MaxUnits
	Price    int64  `firestore:"price"`    // of one unit when it was put in, minor units of Currency
	Currency string `firestore:"currency"`
}

// Set makes the cart hold the line's quantity of its SKU; 0 takes it out. A line that is there keeps the price at which it
// was put in; one that was saved for later is so no more. It reports whether anything changed; LIMIT_REACHED past MaxUnits
// or MaxLines.
func (c *Cart) Set(l Line) (bool, error) {
	i := find(c.Lines, l.SKU)
	switch {
	case l.Quantity > MaxUnits:
		return false, limit(MaxUnits, "units")
	case i < 0 && l.Quantity <= 0:
		return false, nil
	case i < 0 && len(c.Lines) >= MaxLines:
		return false, limit(MaxLines, "lines")
	case i < 0:
		c.Lines = append(c.Lines, l)
		c.Saved = without(c.Saved, l.SKU)
	case l.Quantity == c.Lines[i].Quantity:
		return false, nil
	case l.Quantity <= 0:
		c.Lines = without(c.Lines, l.SKU)
	default:
		c.Lines[i].Quantity = l.Quantity
	}
	c.Version++
	return true, nil
}

// Save moves a line to those saved for later; one that is there stays. NOT_FOUND, or LIMIT_REACHED past MaxSaved.
func (c *Cart) Save(sku string) (bool, error) {
	return c.move(sku, &c.Lines, &c.Saved, MaxSaved, "saved")
}

// Unsave moves a saved line back into the cart; one that is there stays. NOT_FOUND, or LIMIT_REACHED past MaxLines.
func (c *Cart) Unsave(sku string) (bool, error) {
	return c.move(sku, &c.Saved, &c.Lines, MaxLines, "lines")
}

func (c *Cart) move(sku string, from, to *[]Line, most int, of string) (bool, error) {
	i := find(*from, sku)
	switch {
	case i < 0 && find(*to, sku) >= 0:
		return false, nil
	case i < 0:
		return false, fault.New(fault.NotFound)
	case len(*to) >= most:
		return false, limit(most, of)
	}
	*to = append(*to, (*from)[i])
	*from = without(*from, sku)
	c.Version++
	return true, nil
}

// Forget drops a saved line and tells whether it was there.
func (c *Cart) Forget(sku string) bool {
	if find(c.Saved, sku) < 0 {
		return false
	}
	c.Saved = without(c.Saved, sku)
	c.Version++
	return true
}

// Buy takes an order's lines away, once per order. The customer may have changed the cart since: what was added stays.
func (c *Cart) Buy(orderID string, bought []Line) bool {
	if slices.Contains(c.Bought, orderID) {
		return false
	}
	for _, l := range bought {
		if i := find(c.Lines, l.SKU); i >= 0 {
			c.Lines[i].Quantity -= l.Quantity
		}
	}
	c.Lines = slices.DeleteFunc(c.Lines, func(l Line) bool { return l.Quantity <= 0 })
	c.Bought = newest(append(c.Bought, orderID), ordersKept)
	c.Version++
	return true
}

// Keep sets when the cart is forgotten: a guest's GuestKept from now, an account's never. It tells whether that lifts or
// sets an expiry; a mere delay is no change of its own.
func (c *Cart) Keep(guest bool, now time.Time) bool {
	had := c.ExpireTime != nil
	c.ExpireTime = nil
	if guest {
		at := now.Add(GuestKept)
		c.ExpireTime = &at
	}
	return had != guest
}

// Shown is the cart as its owner's export shows it: whose carts came in is left out, since those were other accounts.
func (c Cart) Shown() any {
	type line struct {
		SKU      string `json:"sku"`
		Quantity int64  `json:"quantity"`
		Price    int64  `json:"price_when_added"`
		Currency string `json:"currency"`
	}
	shown := struct {
		Version int64    `json:"version"`
		Lines   []line   `json:"lines"`
		Saved   []line   `json:"saved_for_later"`
		Bought  []string `json:"orders_bought"`
	}{Version: c.Version, Bought: c.Bought}
	for _, l := range c.Lines {
		shown.Lines = append(shown.Lines, line(l))
	}
	for _, l := range c.Saved {
		shown.Saved = append(shown.Saved, line(l))
	}
	return shown
}

// SKUs answers what the cart holds, saved ones included.
func (c *Cart) SKUs() []string {
	skus := make([]string, 0, len(c.Lines)+len(c.Saved))
	for _, lines := range [][]Line{c.Lines, c.Saved} {
		for _, l := range lines {
			skus = append(skus, l.SKU)
		}
	}
	return skus
}

// Quantity is how many units of a SKU the cart holds.
func (c *Cart) Quantity(sku string) int64 {
	if i := find(c.Lines, sku); i >= 0 {
		return c.Lines[i].Quantity
	}
	return 0
}

// clone is a cart that can be changed without changing c.
func (c Cart) clone() Cart {
	c.Lines, c.Saved = slices.Clone(c.Lines), slices.Clone(c.Saved)
	c.Bought, c.Merges = slices.Clone(c.Bought), slices.Clone(c.Merges)
	return c
}

func find(lines []Line, sku string) int {
	return slices.IndexFunc(lines, func(l Line) bool { return l.SKU == sku })
}

func without(lines []Line, sku string) []Line {
	return slices.DeleteFunc(lines, func(l Line) bool { return l.SKU == sku })
}

func limit(most int, of string) error {
	return fault.New(fault.LimitReached, "limit", strconv.Itoa(most), "of", of)
}

func newest[T any](s []T, n int) []T {
	return s[max(0, len(s)-n):]
}
