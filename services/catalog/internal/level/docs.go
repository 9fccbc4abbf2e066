package level

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// BySKU reads one SKU's level, zero where none is known.
func BySKU(ctx context.Context, c *firestore.Client, sku string) (Level, error) {
	l, stored, _, err := firedb.Get[Level](ctx, levels(c).Doc(sku))
	l.Stored = stored
	return l, err
}

// BySKUs reads the levels that are known of the SKUs.
func BySKUs(ctx context.Context, c *firestore.Client, skus []string) (map[string]Level, error) {
	return firedb.ByName[Level](ctx, c, levels(c), skus)
}

// Put answers the write that stores l, new or in the place of old.
func (l Level) Put(c *firestore.Client, old Level) firedb.Write {
	if old.Stored.IsZero() {
		return firedb.Create(levels(c).Doc(l.SKU), l)
	}
	return firedb.Replace(levels(c).Doc(l.SKU), l, old.Stored)
}

// Levels reads every level in a snapshot, for Verify.
func Levels(tx *firestore.Transaction, c *firestore.Client) ([]Level, error) {
	return firedb.All[Level](tx.Documents(levels(c)))
}

func levels(c *firestore.Client) *firestore.CollectionRef { return c.Collection("levels") }
