package firedb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
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

// ByName reads the documents of a collection that exist under the names, in one read.
func ByName[T any](ctx context.Context, c *firestore.Client, col *firestore.CollectionRef, names []string) (map[string]T, error) {
	found := map[string]T{}
	if len(names) == 0 {
		return found, nil
	}
	refs := make([]*firestore.DocumentRef, len(names))
	for i, name := range names {
		refs[i] = col.Doc(name)
	}
	snaps, err := c.GetAll(ctx, refs)
	if err != nil {
		return nil, Fault(err)
	}
	for _, snap := range snaps {
		var doc T
		if !snap.Exists() {
			continue
		}
		if err := snap.DataTo(&doc); err != nil {
			return nil, fmt.Errorf("read %s: %w", snap.Ref.Path, err)
		}
		found[snap.Ref.ID] = doc
	}
	return found, nil
}

// Count tells how many documents a query finds, without reading them.
func Count(ctx context.Context, q firestore.Query) (int64, error) {
	found, err := q.NewAggregationQuery().WithCount("all").Get(ctx)
	if err != nil {
		return 0, Fault(err)
	}
	return found["all"].(*firestorepb.Value).GetIntegerValue(), nil
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
