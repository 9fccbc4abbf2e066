package product

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// ByID reads one product.
func ByID(ctx context.Context, c *firestore.Client, id string) (Product, bool, error) {
	p, stored, ok, err := firedb.Get[Product](ctx, products(c).Doc(id))
	p.Stored = stored
	return p, ok, err
}

// LiveAfter reads up to limit live products, of one category unless it is empty, in the order of their ids from after on.
func LiveAfter(ctx context.Context, c *firestore.Client, category, after string, limit int) ([]Product, error) {
	q := products(c).Where("state", "==", Live)
	if category != "" {
		q = q.Where("category_ids", "array-contains", category)
	}
	q = q.OrderBy(firestore.DocumentID, firestore.Asc)
	if after != "" {
		q = q.StartAfter(after)
	}
	return firedb.All[Product](q.Limit(limit).Documents(ctx))
}

// Variants reads the live ones of the given SKUs, all at one moment, which it answers as well.
func Variants(ctx context.Context, c *firestore.Client, skus []string) ([]Priced, time.Time, error) {
	made, at, err := Made(ctx, c, skus)
	return slices.DeleteFunc(made, func(v Priced) bool { return !v.Live }), at, err
}

// Made reads those of the given SKUs that were ever made, on sale or not, all at one moment, which it answers as well.
func Made(ctx context.Context, c *firestore.Client, skus []string) ([]Priced, time.Time, error) {
	refs := make([]*firestore.DocumentRef, len(skus))
	for i, sku := range skus {
		refs[i] = variants(c).Doc(sku)
	}
	snaps, err := c.GetAll(ctx, refs)
	if err != nil {
		return nil, time.Time{}, firedb.Fault(err)
	}
	var out []Priced
	var at time.Time
	for _, snap := range snaps {
		at = snap.ReadTime
		var v Priced
		if !snap.Exists() {
			continue
		}
		if err := snap.DataTo(&v); err != nil {
			return nil, at, err
		}
		out = append(out, v)
	}
	return out, at, nil
}

// Create answers the writes of a new product.
func (p Product) Create(c *firestore.Client) []firedb.Write {
	writes := []firedb.Write{firedb.Create(products(c).Doc(p.ID), p)}
	for _, v := range p.Priced(Product{}) {
		writes = append(writes, firedb.Create(variants(c).Doc(v.SKU), v))
	}
	return writes
}

// Replace answers the writes that put p, which follows old, in its place.
func (p Product) Replace(c *firestore.Client, old Product) []firedb.Write {
	writes := []firedb.Write{firedb.Replace(products(c).Doc(p.ID), p, p.Stored)}
	for _, v := range p.Priced(old) {
		writes = append(writes, firedb.Set(variants(c).Doc(v.SKU), v))
	}
	return writes
}

// Products reads every product in a snapshot, for Verify.
func Products(tx *firestore.Transaction, c *firestore.Client) ([]Product, error) {
	return firedb.All[Product](tx.Documents(products(c)))
}

// AllVariants reads every variant in a snapshot, for Verify.
func AllVariants(tx *firestore.Transaction, c *firestore.Client) ([]Priced, error) {
	return firedb.All[Priced](tx.Documents(variants(c)))
}

func products(c *firestore.Client) *firestore.CollectionRef { return c.Collection("products") }
func variants(c *firestore.Client) *firestore.CollectionRef { return c.Collection("variants") }
