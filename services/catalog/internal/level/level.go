// Package level holds what order says of stock, coarsely: enough to show, never to decide. One document a SKU, apart from
// the product's, which its merchant edits; the highest version is the level.
package level

import "time"

// The levels of stock, spelt as in order's contract.
const (
	InStock = "IN_STOCK"
	Low     = "LOW"
	SoldOut = "SOLD_OUT"
)

// Level is the level of one SKU, stored in levels/{sku}.
type Level struct {
	SKU       string    `firestore:"sku"`
	ProductID string    `firestore:"product_id"`
	Level     string    `firestore:"level"`
	Version   int64     `firestore:"version"` // order's: 1 and up
	At        time.Time `firestore:"at"`      // when order told it

	// Stored is when the document read was last written, zero for none: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Newer tells whether l is news to one who knows old, which is zero where nothing is known.
func (l Level) Newer(old Level) bool { return l.Version > old.Version }
