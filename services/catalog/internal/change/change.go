// Package change holds the feed by which readers keep up with products: one small document for each product that changed
// within the hour, written in the commit of the change, be it of the product itself, a campaign on it, a stock level or its
// groups' heat. A reader that was away longer reads the products from the beginning. Entries may become visible out of
// order, so readers look back a little and go by version.
package change

import (
	"fmt"
	"time"
)

const (
	// Kept is how long an entry stays; readers further behind begin anew.
	Kept = time.Hour
	// LookBack is how much a reader reads again, since an entry may become visible after one that is stamped later.
	LookBack = 10 * time.Second
	// Skew bounds how far the clocks of two machines are apart.
	Skew = time.Minute
)

// Change says that something about a product changed, stored in changes/{product id}.
type Change struct {
	ProductID string `firestore:"product_id"`
	// Cause names what changed with its version ("campaign/cmp_…@3"): no two entries are equal, else the store would take the
	// second for no change.
	Cause string `firestore:"cause"`
	// ChangedAt is the database's time of the commit, in milliseconds.
	ChangedAt time.Time `firestore:"changed_at,serverTimestamp"`

	// Lane spreads what many cause at once over several documents; 0 is the product's own.
	Lane int `firestore:"-"`
	// Version is the time of the commit in microseconds, for what was read.
	Version int64 `firestore:"-"`
}

// Of is the change of a product by the version of something.
func Of(productID, subject string, version int64) Change {
	return Change{ProductID: productID, Cause: fmt.Sprintf("%s@%d", subject, version)}
}

// Since is from when a reader reads that has heard of everything stamped up to seen, at now by its own clock: a while
// back, yet never so far that what it needs is swept only because nothing happens.
func Since(seen, now time.Time) time.Time {
	since, quiet := seen.Add(-LookBack), now.Add(-Skew)
	if quiet.After(since) {
		return quiet
	}
	return since
}

// Lost tells whether entries after since may be swept by now.
func Lost(since, now time.Time) bool { return now.Sub(since) > Kept-5*time.Minute }
