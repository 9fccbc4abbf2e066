package product

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// OwnAfter reads up to limit products of a merchant, in every state, in the order of their ids from after on.
func OwnAfter(ctx context.Context, c *firestore.Client, merchantID, after string, limit int) ([]Product, error) {
	q := own(c, merchantID).OrderBy(firestore.DocumentID, firestore.Asc)
	if after != "" {
		q = q.StartAfter(after)
	}
	return firedb.All[Product](q.Limit(limit).Documents(ctx))
}

// OwnCount counts the products of a merchant.
func OwnCount(ctx context.Context, c *firestore.Client, merchantID string) (int64, error) {
	return firedb.Count(ctx, own(c, merchantID))
}

func own(c *firestore.Client, merchantID string) firestore.Query {
	return products(c).Where("merchant_id", "==", merchantID)
}
