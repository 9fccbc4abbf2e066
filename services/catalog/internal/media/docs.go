package media

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// ByID reads one.
func ByID(ctx context.Context, c *firestore.Client, id string) (Media, bool, error) {
	m, stored, ok, err := firedb.Get[Media](ctx, all(c).Doc(id))
	m.Stored = stored
	return m, ok, err
}

// Expired reads some of those that may be deleted.
func Expired(ctx context.Context, c *firestore.Client, now time.Time, limit int) ([]Media, error) {
	var out []Media
	err := firedb.Each(all(c).Where("expire_at", "<", now).Limit(limit).Documents(ctx), func(ref *firestore.DocumentRef, m Media) error {
		m, ok, err := ByID(ctx, c, ref.ID) // with when it was stored
		if ok && m.ExpireAt != nil && m.ExpireAt.Before(now) {
			out = append(out, m)
		}
		return err
	})
	return out, err
}

// All reads every one in a snapshot, for Verify.
func All(tx *firestore.Transaction, c *firestore.Client) ([]Media, error) {
	return firedb.All[Media](tx.Documents(all(c)))
}

// Create answers the write of a new place.
func (m Media) Create(c *firestore.Client) firedb.Write { return firedb.Create(all(c).Doc(m.ID), m) }

// Replace answers the write that puts m in the place of what was read.
func (m Media) Replace(c *firestore.Client) firedb.Write {
	return firedb.Replace(all(c).Doc(m.ID), m, m.Stored)
}

// Forget deletes the document of one that is doomed, which nobody changes any more.
func (m Media) Forget(ctx context.Context, c *firestore.Client) error {
	_, err := firedb.Remove(ctx, all(c).Doc(m.ID))
	return err
}

func all(c *firestore.Client) *firestore.CollectionRef { return c.Collection("media") }
