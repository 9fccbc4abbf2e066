package firedb

import (
	"context"
	"hash/maphash"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/together"
)

// lanes is how many commits of a Saver may be under way at once.
const lanes = 4

// Saver writes documents that have one writer each, one by one as long as few are written; those that are saved while a
// commit is under way share the next one.
type Saver struct {
	db    *firestore.Client
	seed  maphash.Seed
	lanes [lanes]*together.Lane[*saving]
}

// saving is a document to be written over what was stored at a time, or over none.
type saving struct {
	ref    *firestore.DocumentRef
	doc    any
	stored time.Time
}

// NewSaver answers one for a database.
func NewSaver(db *firestore.Client) *Saver {
	s := &Saver{db: db, seed: maphash.MakeSeed()}
	for i := range s.lanes {
		s.lanes[i] = together.New(func(w *saving) string { return w.ref.Path }, s.saveAll)
	}
	return s
}

// Save writes doc, a struct, if the document is as it was when read: last written at stored, or absent where that is zero.
// It answers when it is written now. The error is Exists, Absent or CONFLICT when somebody else was faster.
func (s *Saver) Save(ctx context.Context, ref *firestore.DocumentRef, doc any, stored time.Time) (time.Time, error) {
	w := &saving{ref, doc, stored}
	err := s.lanes[maphash.String(s.seed, ref.Path)%lanes].Do(ctx, w)
	return w.stored, err
}

// saveAll writes all in one commit, or none, whereupon each is tried alone, to meet its own error.
func (s *Saver) saveAll(ctx context.Context, all []*saving) ([]error, error) {
	if len(all) == 1 {
		return make([]error, 1), all[0].save(ctx)
	}
	writes := make([]Write, len(all))
	for i, w := range all {
		writes[i] = Create(w.ref, w.doc)
		if !w.stored.IsZero() {
			writes[i] = Replace(w.ref, w.doc, w.stored)
		}
	}
	at, err := CommitAt(ctx, s.db, writes...)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		w.stored = at
	}
	return make([]error, len(all)), nil
}

// save is one call of the store, where a commit of several takes two.
func (w *saving) save(ctx context.Context) error {
	var written *firestore.WriteResult
	var err error
	if w.stored.IsZero() {
		written, err = w.ref.Create(ctx, w.doc)
	} else {
		written, err = w.ref.Update(ctx, Fields(w.doc), firestore.LastUpdateTime(w.stored))
	}
	if err != nil {
		return WriteFault(err)
	}
	w.stored = written.UpdateTime
	return nil
}
