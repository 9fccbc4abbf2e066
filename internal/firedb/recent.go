package firedb

import (
	"time"

	"github.com/maypok86/otter/v2"
)

// Recent remembers the documents that this process wrote last, with the time of that write, so that the next change of one
// needs no read: its precondition tells whether somebody else wrote since. It is right for documents with one writer, and
// never the source of an answer.
type Recent[T any] struct {
	docs *otter.Cache[string, version[T]]
}

type version[T any] struct {
	doc    T
	stored time.Time
}

// NewRecent remembers at most size documents, each for a minute.
func NewRecent[T any](size int) *Recent[T] {
	return &Recent[T]{otter.Must(&otter.Options[string, version[T]]{
		MaximumSize:      size,
		ExpiryCalculator: otter.ExpiryWriting[string, version[T]](time.Minute),
	})}
}

// Get answers a document and when it was stored. Its slices and maps are shared: whoever changes it copies them.
func (r *Recent[T]) Get(id string) (T, time.Time, bool) {
	v, ok := r.docs.GetIfPresent(id)
	return v.doc, v.stored, ok
}

// Put remembers what was stored at a time.
func (r *Recent[T]) Put(id string, doc T, stored time.Time) { r.docs.Set(id, version[T]{doc, stored}) }

// Forget is for what turned out to be old.
func (r *Recent[T]) Forget(id string) { r.docs.Invalidate(id) }
