package profile

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Of reads a customer's profile, an empty one where none was ever set.
func Of(ctx context.Context, c *firestore.Client, customerID string) (Profile, error) {
	p, stored, _, err := firedb.Get[Profile](ctx, profiles(c).Doc(firedb.Key(customerID)))
	p.CustomerID, p.Stored = customerID, stored
	return p, err
}

// Put answers the write that stores p, new or in the place of what was read.
func (p Profile) Put(c *firestore.Client) firedb.Write {
	ref := profiles(c).Doc(firedb.Key(p.CustomerID))
	if p.Stored.IsZero() {
		return firedb.Create(ref, p)
	}
	return firedb.Replace(ref, p, p.Stored)
}

// Erase deletes a customer's, and tells whether there was one.
func Erase(ctx context.Context, c *firestore.Client, customerID string) (bool, error) {
	return firedb.Remove(ctx, profiles(c).Doc(firedb.Key(customerID)))
}

// Each calls fn with every profile in a snapshot, for Verify.
func Each(tx *firestore.Transaction, c *firestore.Client, fn func(name string, p Profile) error) error {
	return firedb.Each(tx.Documents(profiles(c)), func(ref *firestore.DocumentRef, p Profile) error { return fn(ref.ID, p) })
}

func profiles(c *firestore.Client) *firestore.CollectionRef { return c.Collection("profiles") }
