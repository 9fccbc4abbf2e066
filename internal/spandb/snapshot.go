package spandb

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"
)

// Snapshot runs fn with a Reader whose reads all see one moment: the first is
// strong, the others read at its timestamp. That needs no transaction to be begun
// and is right for a few reads, one after another; each must be consumed before
// the next.
func (db *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, r Reader) error) error {
	return fn(ctx, &snapshot{client: db.client})
}

// RecentSnapshot is Snapshot whose first read is Recent.
func (db *DB) RecentSnapshot(ctx context.Context, fn func(ctx context.Context, r Reader) error) error {
	return fn(ctx, &snapshot{client: db.client, recent: true})
}

// SnapshotAt is RecentSnapshot at the moment of an earlier one, which it answers: now for the zero time. What is older than
// the database keeps its versions, an hour, is refused by the store as FAILED_PRECONDITION.
func (db *DB) SnapshotAt(ctx context.Context, at time.Time, fn func(ctx context.Context, r Reader) error) (time.Time, error) {
	s := &snapshot{client: db.client, recent: true, at: at}
	err := fn(ctx, s)
	if s.at.IsZero() && s.first != nil {
		s.at, _ = s.first.Timestamp()
	}
	return s.at, err
}

type snapshot struct {
	client *spanner.Client
	first  *spanner.ReadOnlyTransaction
	recent bool
	at     time.Time
}

// single is a single-use read at the snapshot's moment, which the first one sets.
func (s *snapshot) single() *spanner.ReadOnlyTransaction {
	if s.first != nil && s.at.IsZero() {
		s.at, _ = s.first.Timestamp() // an error: the first read has failed, and the next is the first
	}
	if s.at.IsZero() {
		s.first = s.client.Single()
		if s.recent {
			s.first = s.first.WithTimestampBound(spanner.ExactStaleness(0))
		}
		return s.first
	}
	return s.client.Single().WithTimestampBound(spanner.ReadTimestamp(s.at))
}

func (s *snapshot) ReadRowWithOptions(ctx context.Context, table string, key spanner.Key, columns []string, opts *spanner.ReadOptions) (*spanner.Row, error) {
	return s.single().ReadRowWithOptions(ctx, table, key, columns, opts)
}

func (s *snapshot) ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator {
	return s.single().ReadWithOptions(ctx, table, keys, columns, opts)
}

func (s *snapshot) QueryWithOptions(ctx context.Context, stmt spanner.Statement, opts spanner.QueryOptions) *spanner.RowIterator {
	return s.single().QueryWithOptions(ctx, stmt, opts)
}
