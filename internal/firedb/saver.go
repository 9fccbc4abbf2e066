package firedb

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/together"
)

// gathering is how long after a call others may join the next one: little beside a write of the store, and enough for a
// dozen of documents where a thousand are written a second.
const gathering = 10 * time.Millisecond

// sharedTime is how long a shared call may take: all who share it, and who come after them, wait for its last document.
const sharedTime = 2 * time.Second

// Saver writes documents of one type that have one writer each. One that comes alone is written at once; those that come
// while a call is under way or shortly after share the next one, or two beyond twenty, in which each stands or falls by itself.
// One at a time is enough for a thousand documents a second, and the more share one the less each costs.
type Saver[T any] struct {
	db   *firestore.Client
	lane *together.Lane[*saving[T]]
}

// saving is a document to be written over what was stored at a time, or over none.
type saving[T any] struct {
	ref      *firestore.DocumentRef
	was, doc T
	stored   time.Time
}

// NewSaver answers one for a database.
func NewSaver[T any](db *firestore.Client) *Saver[T] {
	s := &Saver[T]{db: db}
	s.lane = together.New(func(w *saving[T]) string { return w.ref.Path }, s.saveAll).Gathering(gathering)
	return s
}

// Save writes doc, a struct, if the document is as it was when read: last written at stored, or absent where that is zero.
// Of one that is there it writes the fields in which doc differs from what was read. It answers when it is written now. The
// error is Exists, Absent or CONFLICT when somebody else was faster.
func (s *Saver[T]) Save(ctx context.Context, ref *firestore.DocumentRef, was, doc T, stored time.Time) (time.Time, error) {
	w := &saving[T]{ref, was, doc, stored}
	if err := s.lane.Do(ctx, w); err != nil {
		return time.Time{}, err // w may still be in others' hands
	}
	return w.stored, nil
}

// saveAll writes all in a call that is no transaction: the documents are strangers to each other, and where one is lost to
// somebody who was faster the others are written. One that the store would have tried again and again fails after sharedTime.
func (s *Saver[T]) saveAll(ctx context.Context, all []*saving[T]) ([]error, error) {
	errs := make([]error, len(all))
	if len(all) == 1 {
		errs[0] = all[0].save(ctx)
		return errs, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	call := s.db.BulkWriter(ctx)
	jobs := make([]*firestore.BulkWriterJob, len(all))
	for i, w := range all {
		jobs[i], errs[i] = w.add(call)
	}
	call.End()
	for i, w := range all {
		if errs[i] == nil {
			errs[i] = w.end(jobs[i].Results())
		}
	}
	return errs, nil
}

func (w *saving[T]) add(call *firestore.BulkWriter) (*firestore.BulkWriterJob, error) {
	if w.stored.IsZero() {
		return call.Create(w.ref, w.doc)
	}
	return call.Update(w.ref, changed(w.was, w.doc), firestore.LastUpdateTime(w.stored))
}

// save is add for one that comes alone.
func (w *saving[T]) save(ctx context.Context) error {
	if w.stored.IsZero() {
		return w.end(w.ref.Create(ctx, w.doc))
	}
	return w.end(w.ref.Update(ctx, changed(w.was, w.doc), firestore.LastUpdateTime(w.stored)))
}

func (w *saving[T]) end(written *firestore.WriteResult, err error) error {
	if err != nil {
		return WriteFault(err)
	}
	w.stored = written.UpdateTime
	return nil
}
