package deal

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Cursor is where a list of deals goes on: after the deal with these.
type Cursor struct {
	EndTime, StartTime time.Time
	ID                 string
}

// Cursor is that of the page which ends with d.
func (d Deal) Cursor() Cursor { return Cursor{d.EndTime, d.StartTime, d.ID} }

// ByID reads one deal.
func ByID(ctx context.Context, c *firestore.Client, id string) (Deal, bool, error) {
	found, stored, ok, err := firedb.Get[Deal](ctx, deals(c).Doc(id))
	found.Stored = stored
	return found, ok, err
}

// LiveAfter reads up to limit deals that hold now, those that end soonest first, from the cursor on; a zero cursor is the
// beginning. Needs the index (state, end_time, start_time).
func LiveAfter(ctx context.Context, c *firestore.Client, now time.Time, after Cursor, limit int) ([]Deal, error) {
	q := deals(c).Where("state", "==", Live).Where("end_time", ">", now).Where("start_time", "<=", now).
		OrderBy("end_time", firestore.Asc).OrderBy("start_time", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
	if after.ID != "" {
		q = q.StartAfter(after.EndTime, after.StartTime, after.ID)
	}
	return firedb.All[Deal](q.Limit(limit).Documents(ctx))
}

// Create answers the write of a new deal.
func (d Deal) Create(c *firestore.Client) firedb.Write { return firedb.Create(deals(c).Doc(d.ID), d) }

// Replace answers the write that puts d, which follows what was read, in its place.
func (d Deal) Replace(c *firestore.Client) firedb.Write {
	return firedb.Replace(deals(c).Doc(d.ID), d, d.Stored)
}

// Deals reads every deal in a snapshot, for Verify.
func Deals(tx *firestore.Transaction, c *firestore.Client) ([]Deal, error) {
	return firedb.All[Deal](tx.Documents(deals(c)))
}

func deals(c *firestore.Client) *firestore.CollectionRef { return c.Collection("deals") }
