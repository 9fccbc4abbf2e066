package firedb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
)

// Key makes a document's name of somebody's id: an id may hold slashes or dots, a name must not.
func Key(id string) string { return "u_" + url.PathEscape(id) }

// Get reads one document, with the time of its last update for Replace. The bool tells whether it exists.
func Get[T any](ctx context.Context, ref *firestore.DocumentRef) (T, time.Time, bool, error) {
	var doc T
	snap, err := ref.Get(ctx)
	if Absent(err) {
		return doc, time.Time{}, false, nil
	}
	if err != nil {
		return doc, time.Time{}, false, Fault(err)
	}
	if err := snap.DataTo(&doc); err != nil {
		return doc, time.Time{}, false, fmt.Errorf("read %s: %w", ref.Path, err)
	}
	return doc, snap.UpdateTime, true, nil
}

// Each calls fn with every document that a query finds.
func Each[T any](it *firestore.DocumentIterator, fn func(ref *firestore.DocumentRef, doc T) error) error {
	defer it.Stop()
	for {
		snap, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return Fault(err)
		}
		var doc T
		if err := snap.DataTo(&doc); err != nil {
			return fmt.Errorf("read %s: %w", snap.Ref.Path, err)
		}
		if err := fn(snap.Ref, doc); err != nil {
			return err
		}
	}
}

// All answers every document that a query finds.
func All[T any](it *firestore.DocumentIterator) ([]T, error) {
	var docs []T
	err := Each(it, func(_ *firestore.DocumentRef, doc T) error {
		docs = append(docs, doc)
		return nil
	})
	return docs, err
}

// Snapshot runs fn with reads that all see one moment, without locks.
func Snapshot(ctx context.Context, c *firestore.Client, fn func(tx *firestore.Transaction) error) error {
	return Fault(c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error { return fn(tx) }, firestore.ReadOnly))
}
