// Package change holds the feed by which readers keep up with products: one small document for each product that changed
// within the hour, written in the commit of the change. A reader that was away longer reads the products from the
// beginning. Entries may become visible out of order, so readers look back a little and go by version.
package change

import "time"

// Kept is how long an entry stays; readers further behind begin anew.
const Kept = time.Hour

// Change says that a product changed, stored in changes/{product id}.
type Change struct {
	ProductID string `firestore:"product_id"`
	Version   int64  `firestore:"version"` // the newest
	Live      bool   `firestore:"live"`    // false is a tombstone: readers drop the product
	// ChangedAt is the database's time of the commit.
	ChangedAt time.Time `firestore:"changed_at,serverTimestamp"`
}
