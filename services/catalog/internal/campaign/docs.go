package campaign

import (
	"cmp"
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Cursor is where a list of campaigns goes on: after the campaign with these.
type Cursor struct {
	EndTime, StartTime time.Time
	ID                 string
}

// Cursor is that of the page which ends with c.
func (c Campaign) Cursor() Cursor { return Cursor{c.EndTime, c.StartTime, c.ID} }

// ByID reads one campaign.
func ByID(ctx context.Context, c *firestore.Client, id string) (Campaign, bool, error) {
	found, stored, ok, err := firedb.Get[Campaign](ctx, campaigns(c).Doc(id))
	found.Stored = stored
	return found, ok, err
}

// mostIn is how many values Firestore compares with at once.
const mostIn = 30

// ByProducts reads the live campaigns on products that are not over at now, the next to end first. Needs the index
// (product_id, state, end_time).
func ByProducts(ctx context.Context, c *firestore.Client, productIDs []string, now time.Time) (map[string][]Campaign, error) {
	found := map[string][]Campaign{}
	for some := range slices.Chunk(productIDs, mostIn) {
		q := campaigns(c).Where("product_id", "in", some).Where("state", "==", Live).Where("end_time", ">", now)
		all, err := firedb.All[Campaign](q.Documents(ctx))
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			found[one.ProductID] = append(found[one.ProductID], one)
		}
	}
	for _, of := range found {
		slices.SortFunc(of, func(a, b Campaign) int {
			return cmp.Or(a.EndTime.Compare(b.EndTime), cmp.Compare(a.ID, b.ID))
		})
	}
	return found, nil
}

// LiveAfter reads up to limit campaigns that are live now, those that end soonest first, from the cursor on; a zero
// cursor is the beginning. Needs the index (state, end_time, start_time).
func LiveAfter(ctx context.Context, c *firestore.Client, now time.Time, after Cursor, limit int) ([]Campaign, error) {
	q := campaigns(c).Where("state", "==", Live).Where("end_time", ">", now).Where("start_time", "<=", now).
		OrderBy("end_time", firestore.Asc).OrderBy("start_time", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
	if after.ID != "" {
		q = q.StartAfter(after.EndTime, after.StartTime, after.ID)
	}
	return firedb.All[Campaign](q.Limit(limit).Documents(ctx))
}

// Create answers the writes of a new campaign.
func (c Campaign) Create(db *firestore.Client) []firedb.Write {
	return []firedb.Write{firedb.Create(campaigns(db).Doc(c.ID), c)}
}

// Replace answers the writes that put c, which follows what was read, in its place.
func (c Campaign) Replace(db *firestore.Client) []firedb.Write {
	return []firedb.Write{firedb.Replace(campaigns(db).Doc(c.ID), c, c.Stored)}
}

// Campaigns reads every campaign in a snapshot, for Verify.
func Campaigns(tx *firestore.Transaction, c *firestore.Client) ([]Campaign, error) {
	return firedb.All[Campaign](tx.Documents(campaigns(c)))
}

func campaigns(c *firestore.Client) *firestore.CollectionRef { return c.Collection("campaigns") }
