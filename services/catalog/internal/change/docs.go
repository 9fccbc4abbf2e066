package change

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"github.com/issho-shop/issho/internal/firedb"
)

// Cursor is where a reader goes on: after the entry with these.
type Cursor struct {
	ChangedAt time.Time
	Doc       string
}

// Write answers the write that tells the feed.
func (ch Change) Write(c *firestore.Client) firedb.Write {
	name := ch.ProductID
	if ch.Lane > 0 {
		name = fmt.Sprintf("%s~%d", name, ch.Lane)
	}
	return firedb.Set(changes(c).Doc(name), ch)
}

// After reads up to limit entries after the cursor in the order of their stamps, and tells where they end.
func After(ctx context.Context, c *firestore.Client, at Cursor, limit int) ([]Change, Cursor, error) {
	q := changes(c).OrderBy("changed_at", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
	if at.Doc != "" {
		q = q.StartAfter(at.ChangedAt, at.Doc)
	} else {
		q = q.Where("changed_at", ">=", at.ChangedAt)
	}
	it := q.Limit(limit).Documents(ctx)
	defer it.Stop()
	var found []Change
	for {
		snap, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return found, at, nil
		}
		if err != nil {
			return nil, at, firedb.Fault(err)
		}
		var ch Change
		if err := snap.DataTo(&ch); err != nil {
			return nil, at, err
		}
		ch.Version = snap.UpdateTime.UnixMicro()
		found, at = append(found, ch), Cursor{ch.ChangedAt, snap.Ref.ID}
	}
}

// Sweep deletes the entries that are old enough at now, the real time, by which the database stamps them.
func Sweep(ctx context.Context, c *firestore.Client, now time.Time) (int, error) {
	return firedb.Sweep(ctx, c, changes(c), "changed_at", now.Add(-Kept))
}

func changes(c *firestore.Client) *firestore.CollectionRef { return c.Collection("changes") }
