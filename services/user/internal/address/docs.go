package address

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Of reads a customer's book, an empty one where there is none.
func Of(ctx context.Context, c *firestore.Client, customerID string) (Book, error) {
	b, stored, _, err := firedb.Get[Book](ctx, books(c).Doc(firedb.Key(customerID)))
	b.CustomerID, b.Stored = customerID, stored
	return b, err
}

// Put answers the write that stores b, new or in the place of what was read.
func (b Book) Put(c *firestore.Client) firedb.Write {
	ref := books(c).Doc(firedb.Key(b.CustomerID))
	if b.Stored.IsZero() {
		return firedb.Create(ref, b)
	}
	return firedb.Replace(ref, b, b.Stored)
}

// Erase empties a customer's book for good: it is closed, so that the account keeps none. It tells how many addresses it held.
func Erase(ctx context.Context, c *firestore.Client, customerID string) (int, error) {
	b, err := Of(ctx, c, customerID)
	if err != nil {
		return 0, err
	}
	held := len(b.Addresses)
	b.Addresses, b.Closed = nil, true
	return held, firedb.Commit(ctx, c, b.Put(c))
}

// Each calls fn with every book in a snapshot, for Verify.
func Each(tx *firestore.Transaction, c *firestore.Client, fn func(name string, b Book) error) error {
	return firedb.Each(tx.Documents(books(c)), func(ref *firestore.DocumentRef, b Book) error { return fn(ref.ID, b) })
}

func books(c *firestore.Client) *firestore.CollectionRef { return c.Collection("addresses") }
