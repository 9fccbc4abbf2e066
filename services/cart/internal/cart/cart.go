// Package cart holds what is true of a cart: at most 50 lines of 1 to 10 units, one line per SKU, a version that grows by
// one with every change.
//
// Two things happen to a cart exactly once, however often they are told: a bought order takes its lines away, and a guest's
// lines move to the account that logged in. The cart itself remembers both, so that one write makes the change and the
// memory of it. The move touches two documents: the account's notes it first, then the guest's gives the noted lines
// away; a crash between the two leaves a note which the next try finishes.
package cart

import (
	"slices"
	"strconv"

	"github.com/issho-shop/issho/internal/fault"
)

// What a cart holds at most. A cart that is full of distinct lines is still far under Firestore's megabyte.
const (
	MaxUnits = 10
	MaxLines = 50
)

// How much of its past a cart remembers. Both lists only guard against repeats, which come within hours.
const (
	ordersKept = 100
	mergesKept = 10
)

// Cart is one customer's, as stored. The zero Cart with an owner is the cart of someone who never had one.
type Cart struct {
	Owner   string `firestore:"owner"`
	Version int64  `firestore:"version"` // 1 with the first change
	Lines   []Line `firestore:"lines"`   // in the order in which they were put in

	Bought []string `firestore:"bought"` // orders whose lines have left, newest last
	Merges []Merge  `firestore:"merges"` // guests' carts taken in, newest last
	Given  int64    `firestore:"given"`  // a guest's: the version whose lines an account took; 0 when none did
}

// Line is some units of one SKU.
type Line struct {
	SKU      string `firestore:"sku"`
	Quantity int64  `firestore:"quantity"` // 1 to MaxUnits
	Price    int64  `firestore:"price"`    // of one unit when it was put in, minor units of Currency
	Currency string `firestore:"currency"`
}

// Merge notes that a guest's cart was taken in.
type Merge struct {
	Guest      string   `firestore:"guest"`
	Version    int64    `firestore:"version"`     // of the guest's cart that was taken
	Lines      []Line   `firestore:"lines"`       // which the guest's cart has to give away
	LeftBehind []string `firestore:"left_behind"` // SKUs that did not fit
}

// Set makes the cart hold the line's quantity of its SKU; 0 takes it out. A line that is there keeps the price at which it
// was put in. It reports whether anything changed; LIMIT_REACHED past MaxUnits or MaxLines.
func (c *Cart) Set(l Line) (bool, error) {
	i := c.find(l.SKU)
	switch {
	case l.Quantity > MaxUnits:
		return false, fault.New(fault.LimitReached, "limit", strconv.Itoa(MaxUnits), "of", "units")
	case i < 0 && l.Quantity <= 0:
		return false, nil
	case i < 0 && len(c.Lines) >= MaxLines:
		return false, fault.New(fault.LimitReached, "limit", strconv.Itoa(MaxLines), "of", "lines")
	case i < 0:
		c.Lines = append(c.Lines, l)
	case l.Quantity == c.Lines[i].Quantity:
		return false, nil
	case l.Quantity <= 0:
		c.Lines = slices.Delete(c.Lines, i, i+1)
	default:
		c.Lines[i].Quantity = l.Quantity
	}
	c.Version++
	return true, nil
}

// Buy takes an order's lines away, once per order. The customer may have changed the cart since: what was added stays.
func (c *Cart) Buy(orderID string, bought []Line) bool {
	if slices.Contains(c.Bought, orderID) {
		return false
	}
	c.subtract(bought)
	c.Bought = newest(append(c.Bought, orderID), ordersKept)
	c.Version++
	return true
}

// Take adds a guest's lines and notes them: quantities add up to at most MaxUnits, lines past MaxLines are left behind. It
// changes nothing while an earlier note about this guest waits for the guest's cart to give (see Give).
func (c *Cart) Take(guest Cart) bool {
	if len(guest.Lines) == 0 {
		return false
	}
	if note, ok := c.Merge(guest.Owner); ok && note.Version > guest.Given {
		return false
	}
	note := Merge{Guest: guest.Owner, Version: guest.Version, Lines: slices.Clone(guest.Lines)}
	for _, l := range guest.Lines {
		if !c.add(l) {
			note.LeftBehind = append(note.LeftBehind, l.SKU)
		}
	}
	c.Merges = slices.DeleteFunc(c.Merges, func(m Merge) bool { return m.Guest == guest.Owner })
	c.Merges = newest(append(c.Merges, note), mergesKept)
	c.Version++
	return true
}

// Give takes away from a guest's cart what an account has noted as taken, once per note. What the guest added after the
// note stays.
func (c *Cart) Give(note Merge) bool {
	if note.Version <= c.Given {
		return false
	}
	c.subtract(note.Lines)
	c.Given = note.Version
	c.Version++
	return true
}

// Merge answers the note about a guest's cart.
func (c *Cart) Merge(guest string) (Merge, bool) {
	i := slices.IndexFunc(c.Merges, func(m Merge) bool { return m.Guest == guest })
	if i < 0 {
		return Merge{}, false
	}
	return c.Merges[i], true
}

// SKUs answers what the cart holds.
func (c *Cart) SKUs() []string {
	skus := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		skus[i] = l.SKU
	}
	return skus
}

// Quantity is how many units of a SKU the cart holds.
func (c *Cart) Quantity(sku string) int64 {
	if i := c.find(sku); i >= 0 {
		return c.Lines[i].Quantity
	}
	return 0
}

func (c *Cart) find(sku string) int {
	return slices.IndexFunc(c.Lines, func(l Line) bool { return l.SKU == sku })
}

func (c *Cart) add(l Line) bool {
	if i := c.find(l.SKU); i >= 0 {
		c.Lines[i].Quantity = min(c.Lines[i].Quantity+l.Quantity, MaxUnits)
		return true
	}
	if len(c.Lines) >= MaxLines {
		return false
	}
	c.Lines = append(c.Lines, l)
	return true
}

func (c *Cart) subtract(lines []Line) {
	for _, l := range lines {
		if i := c.find(l.SKU); i >= 0 {
			c.Lines[i].Quantity -= l.Quantity
		}
	}
	c.Lines = slices.DeleteFunc(c.Lines, func(l Line) bool { return l.Quantity <= 0 })
}

func newest[T any](s []T, n int) []T {
	return s[max(0, len(s)-n):]
}
