// Package consent holds what customers agreed to: one document for each time somebody said yes or no, never altered. The
// newest of a purpose is what holds.
package consent

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Record is one record as stored in consents/{customer}/records/{id}.
type Record struct {
	ID              string    `firestore:"consent_id" json:"consent_id"`
	CustomerID      string    `firestore:"customer_id" json:"-"`
	Purpose         string    `firestore:"purpose" json:"purpose"` // TERMS, PRIVACY, MARKETING, ANALYTICS
	DocumentVersion string    `firestore:"document_version" json:"document_version"`
	Given           bool      `firestore:"given" json:"given"`
	At              time.Time `firestore:"recorded_at" json:"recorded_at"`
}

// Write answers the write that adds r; a second one of its id fails the commit.
func (r Record) Write(c *firestore.Client) firedb.Write {
	return firedb.Create(records(c, r.CustomerID).Doc(r.ID), r)
}

// Get reads one record of a customer, and whether there is one.
func Get(ctx context.Context, c *firestore.Client, customerID, id string) (Record, bool, error) {
	r, _, ok, err := firedb.Get[Record](ctx, records(c, customerID).Doc(id))
	return r, ok, err
}

// Of answers all of a customer's records, newest first.
func Of(ctx context.Context, c *firestore.Client, customerID string) ([]Record, error) {
	return firedb.All[Record](records(c, customerID).OrderBy("recorded_at", firestore.Desc).Documents(ctx))
}

// After answers up to limit of a customer's records, in the order of their ids, those that follow after one.
func After(ctx context.Context, c *firestore.Client, customerID, id string, limit int) ([]Record, error) {
	q := records(c, customerID).OrderBy(firestore.DocumentID, firestore.Asc).Limit(limit)
	if id != "" {
		q = q.StartAfter(id)
	}
	return firedb.All[Record](q.Documents(ctx))
}

// Count tells how many records there are of a customer.
func Count(ctx context.Context, c *firestore.Client, customerID string) (int64, error) {
	return firedb.Count(ctx, records(c, customerID).Query)
}

// Each calls fn with every record in a snapshot and the name of the customer's document that it lies under, for Verify.
func Each(tx *firestore.Transaction, c *firestore.Client, fn func(owner string, r Record) error) error {
	return firedb.Each(tx.Documents(c.CollectionGroup("records").Query), func(ref *firestore.DocumentRef, r Record) error {
		return fn(ref.Parent.Parent.ID, r)
	})
}

func records(c *firestore.Client, customerID string) *firestore.CollectionRef {
	return c.Collection("consents").Doc(firedb.Key(customerID)).Collection("records")
}
