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

// ByIDs reads the products that exist under the ids, all at one moment, which it answers as well.
func ByIDs(ctx context.Context, c *firestore.Client, ids []string) (map[string]Product, time.Time, error) {
	refs := make([]*firestore.DocumentRef, len(ids))
	for i, id := range ids {
		refs[i] = products(c).Doc(id)
	}
	snaps, err := c.GetAll(ctx, refs)
	if err != nil {
		return nil, time.Time{}, firedb.Fault(err)
	}
	found, at := map[string]Product{}, time.Time{}
	for _, snap := range snaps {
		at = snap.ReadTime
		if !snap.Exists() {
			continue
		}
		var p Product
		if err := snap.DataTo(&p); err != nil {
			return nil, at, err
		}
		p.Stored = snap.UpdateTime
		found[p.ID] = p
	}
	return found, at, nil
}

// Named is a product without its content.
type Named struct {
	ID      string
	Version int64 // when it was stored, in microseconds
}

// LiveNamesAfter reads which products are live, up to limit, in the order of their ids from after on.
func LiveNamesAfter(ctx context.Context, c *firestore.Client, after string, limit int) ([]Named, error) {
	q := products(c).Where("state", "==", Live).OrderBy(firestore.DocumentID, firestore.Asc).Select()
	if after != "" {
		q = q.StartAfter(after)
	}
	snaps, err := q.Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, firedb.Fault(err)
	}
	named := make([]Named, len(snaps))
	for i, snap := range snaps {
		named[i] = Named{snap.Ref.ID, snap.UpdateTime.UnixMicro()}
	}
	return named, nil
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
