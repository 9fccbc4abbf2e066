// Package spandb is how services speak to Spanner: open, read by name into
// tagged structs, write in one tagged transaction, migrate.
//
// Reads take the transaction as an explicit Reader, so that the same query
// serves a read-only and a read-write transaction. Writers of nouns return
// mutations, which a verb buffers once inside Update.
//
// A store that is down answers STORE_UNAVAILABLE within a second and is used
// again as soon as it is back (see failfast). Everything else the database says
// (ALREADY_EXISTS, a failed CHECK) is handed on for the caller to decide.
package spandb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/issho-shop/issho/internal/failfast"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/roundtrip"
)

// Reader is what reads need of a transaction: *spanner.ReadOnlyTransaction and
// *spanner.ReadWriteTransaction both have it.
type Reader interface {
	ReadRowWithOptions(ctx context.Context, table string, key spanner.Key, columns []string, opts *spanner.ReadOptions) (*spanner.Row, error)
	ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator
	QueryWithOptions(ctx context.Context, stmt spanner.Statement, opts spanner.QueryOptions) *spanner.RowIterator
}

// DB is one Spanner database, safe for concurrent use.
type DB struct {
	client *spanner.Client
	store  *failfast.Store
	turn   turn
}

// Open returns the database named projects/P/instances/I/databases/D. It does
// not wait for the database to answer: the first call finds out.
func Open(ctx context.Context, database string) (*DB, error) {
	store := &failfast.Store{}
	dial := append(store.Options(), roundtrip.Measured("spanner"))
	if os.Getenv("SPANNER_EMULATOR_HOST") != "" {
		dial = append(dial, emulatorOptions()...)
	}
	client, err := spanner.NewClient(ctx, database, dialOptions(dial)...)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", database, err)
	}
	return &DB{client: client, store: store, turn: newTurn()}, nil
}

func dialOptions(dial []grpc.DialOption) []option.ClientOption {
	opts := []option.ClientOption{option.WithTelemetryDisabled()} // of the transport: the client has a span for each call itself
	for _, d := range dial {
		opts = append(opts, option.WithGRPCDialOption(d))
	}
	return opts
}

// Close releases the connections.
func (db *DB) Close() { db.client.Close() }

// Client returns the client underneath, for what this package does not cover.
func (db *DB) Client() *spanner.Client { return db.client }

// Ping tells whether the database answers: one cheap read of no table.
func (db *DB) Ping(ctx context.Context) error {
	_, _, err := One[struct{ One int64 }](ctx, db.Stale(time.Second), "ping", spanner.NewStatement("SELECT 1 AS One"))
	return err
}

// Single returns a strong single-use read.
func (db *DB) Single() *spanner.ReadOnlyTransaction { return db.client.Single() }

// Recent returns a single-use read of the data as it is by the clock of whoever
// answers it: what was committed elsewhere at this moment may be missing. For
// those who look again, and for those who decide in a transaction.
func (db *DB) Recent() *spanner.ReadOnlyTransaction { return db.Stale(0) }

// Stale returns a single-use read of the data as it was d ago: cheaper than a
// strong read, for callers that tolerate it.
func (db *DB) Stale(d time.Duration) *spanner.ReadOnlyTransaction {
	return db.client.Single().WithTimestampBound(spanner.ExactStaleness(d))
}

// Update runs fn in one read-write transaction and returns the commit time. fn
// runs again when the transaction is aborted: it must have no effect but its
// reads and buffered writes, and must reset at its top what it captures. tag
// names the verb in Spanner's statistics.
//
// A refusal of fn comes back as it is. Contention is retried until ctx ends.
func (db *DB) Update(ctx context.Context, tag string, fn func(ctx context.Context, tx *spanner.ReadWriteTransaction) error) (time.Time, error) {
	defer db.turn.take(ctx, db.store.Down)()
	resp, err := db.client.ReadWriteTransactionWithOptions(ctx, fn, spanner.TransactionOptions{TransactionTag: tag})
	if err != nil {
		return time.Time{}, refusal(err)
	}
	return resp.CommitTs, nil
}

// Apply writes ms blindly in one transaction, at least once: only for mutations
// that may be applied twice, such as deletes and idempotent upserts.
func (db *DB) Apply(ctx context.Context, tag string, ms []*spanner.Mutation) error {
	defer db.turn.take(ctx, db.store.Down)()
	_, err := db.client.Apply(ctx, ms, spanner.ApplyAtLeastOnce(), spanner.TransactionTag(tag))
	return refusal(err)
}

// refusal maps what is the store's fault to a refusal; other errors, ABORTED
// inside a transaction above all, must reach their caller unchanged.
func refusal(err error) error {
	var already *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &already):
		return already
	case spanner.ErrCode(err) == codes.Unavailable:
		return fault.New(fault.StoreUnavailable).Because(err)
	case spanner.ErrCode(err) == codes.Aborted:
		return fault.New(fault.Conflict).Because(err)
	}
	return err
}
