package category

import (
	"context"

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
