// Package category holds the tree by which customers browse.
//
// It is small, a few hundred places, and always read whole. Each place names its parent; there are no circles.
package category

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// Category is a place in the tree as stored in categories/{id}.
type Category struct {
	ID       string            `firestore:"category_id"`
	ParentID string            `firestore:"parent_id"` // empty at the top
	Title    map[string]string `firestore:"title"`     // by language
	Rank     int32             `firestore:"rank"`      // order among sisters
	Version  int64             `firestore:"version"`   // 1 when new

	// Stored is when the document read was last written, zero for none: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Tree is all categories by id.
type Tree map[string]Category

// Check refuses a place that does not fit into the tree: FIELD_INVALID when its parent is absent or stands below it.
func (t Tree) Check(c Category) error {
	steps := 0
	for parent := c.ParentID; parent != ""; parent = t[parent].ParentID {
		if steps++; parent == c.ID || steps > len(t) {
			return fault.Field("category.parent_id", "would close a circle")
		}
		if _, ok := t[parent]; !ok {
			return fault.Field("category.parent_id", "no such category")
		}
	}
	return nil
}

// Has refuses ids that are no place of the tree: FIELD_INVALID.
func (t Tree) Has(ids []string) error {
	for _, id := range ids {
		if _, ok := t[id]; !ok {
			return fault.Field("product.category_ids", "no such category: "+id)
		}
	}
	return nil
}

// Sorted answers the places ordered by parent, then rank.
func (t Tree) Sorted() []Category {
	return slices.SortedFunc(maps.Values(t), func(a, b Category) int {
		return cmp.Or(cmp.Compare(a.ParentID, b.ParentID), cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.ID, b.ID))
	})
}

// Follow makes c the next version of old, which is zero for a new place. It tells whether anything changes.
func (c *Category) Follow(old Category) bool {
	c.Version, c.Stored = old.Version, old.Stored
	if old.Version > 0 && c.ParentID == old.ParentID && c.Rank == old.Rank && maps.Equal(c.Title, old.Title) {
		return false
	}
	c.Version++
	return true
}

// Etag stands for the version that a change builds on; empty for none.
func (c Category) Etag() string {
	if c.Version == 0 {
		return ""
	}
	return strconv.FormatInt(c.Version, 10)
}
