package change

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Write answers the write that tells the feed.
func (ch Change) Write(c *firestore.Client) firedb.Write {
	return firedb.Set(changes(c).Doc(ch.ProductID), ch)
}

// Sweep deletes the entries that are old enough at now, the real time, by which the database stamps them.
func Sweep(ctx context.Context, c *firestore.Client, now time.Time) (int, error) {
	return firedb.Sweep(ctx, c, changes(c), "changed_at", now.Add(-Kept))
}

func changes(c *firestore.Client) *firestore.CollectionRef { return c.Collection("changes") }
