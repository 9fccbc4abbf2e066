package category

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Read reads the whole tree.
func Read(ctx context.Context, c *firestore.Client) (Tree, error) {
	snaps, err := categories(c).Documents(ctx).GetAll()
	if err != nil {
		return nil, firedb.Fault(err)
	}
	t := Tree{}
	for _, snap := range snaps {
		var cat Category
		if err := snap.DataTo(&cat); err != nil {
			return nil, err
		}
		cat.Stored = snap.UpdateTime
		t[cat.ID] = cat
	}
	return t, nil
}

// Put answers the write that stores c, new or in the place of what was read.
func (c Category) Put(db *firestore.Client) firedb.Write {
	if c.Stored.IsZero() {
		return firedb.Create(categories(db).Doc(c.ID), c)
	}
	return firedb.Replace(categories(db).Doc(c.ID), c, c.Stored)
}

// Moves counts the moves of places from one parent to another, as stored in trees/categories. Each move replaces it: two at
// once, each of which fits into the tree that it read, might make a circle together.
type Moves struct {
	Count int64 `firestore:"count"`

	// Stored is when the document read was last written, zero for none.
	Stored time.Time `firestore:"-"`
}

// ReadMoves reads the moves so far, which must be done before the tree is read.
func ReadMoves(ctx context.Context, c *firestore.Client) (Moves, error) {
	m, stored, _, err := firedb.Get[Moves](ctx, moves(c))
	m.Stored = stored
	return m, err
}

// Next answers the write that counts one more move; the commit fails when there was one since m was read.
func (m Moves) Next(c *firestore.Client) firedb.Write {
	m.Count++
	if m.Stored.IsZero() {
		return firedb.Create(moves(c), m)
	}
	return firedb.Replace(moves(c), m, m.Stored)
}

// Categories reads every place in a snapshot, for Verify.
func Categories(tx *firestore.Transaction, c *firestore.Client) (Tree, error) {
	t := Tree{}
	err := firedb.Each(tx.Documents(categories(c)), func(_ *firestore.DocumentRef, cat Category) error {
		t[cat.ID] = cat
		return nil
	})
	return t, err
}

func categories(c *firestore.Client) *firestore.CollectionRef { return c.Collection("categories") }

func moves(c *firestore.Client) *firestore.DocumentRef {
	return c.Collection("trees").Doc("categories")
}
