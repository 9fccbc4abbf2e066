package firedb

import (
	"context"
	"reflect"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
)

// Write is one write of a commit. Nouns answer them; the verb commits them together.
type Write func(tx *firestore.Transaction) error

// Create writes a document that must not exist: the commit fails with Exists otherwise.
func Create(ref *firestore.DocumentRef, doc any) Write {
	return func(tx *firestore.Transaction) error { return tx.Create(ref, doc) }
}

// Set writes a document whatever was there.
func Set(ref *firestore.DocumentRef, doc any) Write {
	return func(tx *firestore.Transaction) error { return tx.Set(ref, doc) }
}

// Merge writes the named fields of a document, whatever else is in it, and creates it where there is none. With Increment
// for values it is how several add to one number without waiting for each other.
func Merge(ref *firestore.DocumentRef, fields map[string]any) Write {
	return func(tx *firestore.Transaction) error { return tx.Set(ref, fields, firestore.MergeAll) }
}

// Replace writes all fields of doc, a struct, over the document that was last updated at read: the commit fails with
// CONFLICT when it was changed or deleted since.
func Replace(ref *firestore.DocumentRef, doc any, read time.Time) Write {
	return func(tx *firestore.Transaction) error {
		return tx.Update(ref, Fields(doc), firestore.LastUpdateTime(read))
	}
}

// Delete removes a document, with CONFLICT as for Replace.
func Delete(ref *firestore.DocumentRef, read time.Time) Write {
	return func(tx *firestore.Transaction) error { return tx.Delete(ref, firestore.LastUpdateTime(read)) }
}

// Remove deletes a document whatever it holds, and tells whether it was there.
func Remove(ctx context.Context, ref *firestore.DocumentRef) (bool, error) {
	_, err := ref.Delete(ctx, firestore.Exists)
	if Absent(err) {
		return false, nil
	}
	return err == nil, Fault(err)
}

// Commit carries out all writes or none. It reads nothing and so locks nothing: what the writer relied on is guarded by
// the preconditions of Create and Replace, which is cheaper than a read-modify-write transaction and never waits.
func Commit(ctx context.Context, c *firestore.Client, writes ...Write) error {
	err := c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		for _, w := range writes {
			if err := w(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if Absent(err) { // a document to replace is gone
		return fault.New(fault.Conflict).Because(err)
	}
	return WriteFault(err)
}

// Fields lists a struct by its firestore tags, since only an update takes a precondition on the time of the last one.
func Fields(doc any) []firestore.Update {
	v := reflect.Indirect(reflect.ValueOf(doc))
	var out []firestore.Update
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("firestore"), ",")
		if name != "" && name != "-" {
			out = append(out, firestore.Update{Path: name, Value: v.Field(i).Interface()})
		}
	}
	return out
}

// changed lists the fields of doc that differ from what was, or all where none does: an update must name some.
func changed(was, doc any) []firestore.Update {
	all, old := Fields(doc), Fields(was)
	var out []firestore.Update
	for i, f := range all {
		if !reflect.DeepEqual(f.Value, old[i].Value) {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}
