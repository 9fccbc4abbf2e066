package spandb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

const schema = `
CREATE TABLE Counters (
  Id    STRING(20) NOT NULL, -- name; of the counter
  N     INT64      NOT NULL,
  CONSTRAINT NotNegative CHECK (N >= 0),
) PRIMARY KEY (Id);
`

type counter struct {
	ID string `spanner:"Id"`
	N  int64
}

func put(t *testing.T, db *spandb.DB, rows ...counter) {
	t.Helper()
	var ms []*spanner.Mutation
	for _, r := range rows {
		ms = append(ms, spanner.InsertOrUpdate("Counters", spandb.Columns[counter](), []any{r.ID, r.N}))
	}
	if err := db.Apply(t.Context(), "put", ms); err != nil {
		t.Fatal(err)
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	db := testenv.Spanner(t, schema)
	put(t, db, counter{"a", 1}, counter{"b", 2}, counter{"c", 3})
	ctx := t.Context()

	one, ok, err := spandb.Get[counter](ctx, db.Single(), "Counters", spanner.Key{"b"})
	if err != nil || !ok || one != (counter{"b", 2}) {
		t.Errorf("Get b = %v, %v, %v", one, ok, err)
	}
	if _, ok, err := spandb.Get[counter](ctx, db.Single(), "Counters", spanner.Key{"x"}); ok || err != nil {
		t.Errorf("Get x = %v, %v; want absent", ok, err)
	}
	if _, _, err := spandb.Get[counter](ctx, db.Single(), "Nowhere", spanner.Key{"x"}); spanner.ErrCode(err) != codes.NotFound {
		t.Errorf("Get from a missing table: %v; want an error, not absence", err)
	}
	rows, err := spandb.Rows[counter](ctx, db.Single(), "Counters", spanner.KeySets(spanner.Key{"a"}, spanner.Key{"c"}))
	if diff := cmp.Diff([]counter{{"a", 1}, {"c", 3}}, rows); diff != "" || err != nil {
		t.Errorf("Rows: %v (-want +got):\n%s", err, diff)
	}
	byN := spanner.NewStatement("SELECT N, Id FROM Counters WHERE N > 1 ORDER BY N DESC")
	all, err := spandb.All[counter](ctx, db.Single(), "test", byN)
	if diff := cmp.Diff([]counter{{"c", 3}, {"b", 2}}, all); diff != "" || err != nil {
		t.Errorf("All: %v (-want +got):\n%s", err, diff)
	}
	first, ok, err := spandb.One[counter](ctx, db.Single(), "test", byN)
	if err != nil || !ok || first != (counter{"c", 3}) {
		t.Errorf("One = %v, %v, %v", first, ok, err)
	}
	if _, ok, err := spandb.One[counter](ctx, db.Single(), "test", spanner.NewStatement("SELECT Id, N FROM Counters WHERE N > 9")); ok || err != nil {
		t.Errorf("One of none = %v, %v", ok, err)
	}
	if err := db.Ping(ctx); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func TestSnapshotStaysAsItWas(t *testing.T) {
	t.Parallel()
	db := testenv.Spanner(t, schema)
	put(t, db, counter{"a", 1})
	err := db.Snapshot(t.Context(), func(ctx context.Context, r spandb.Reader) error {
		before, _, err := spandb.Get[counter](ctx, r, "Counters", spanner.Key{"a"})
		if err != nil {
			return err
		}
		put(t, db, counter{"a", 2})
		after, _, err := spandb.Get[counter](ctx, r, "Counters", spanner.Key{"a"})
		if before != after {
			return fmt.Errorf("read %v, then %v", before, after)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Sixteen writers of one row: the emulator pushes transactions out in ways of its
// own, and every one of them must run again.
func TestConcurrentUpdatesAllCount(t *testing.T) {
	t.Parallel()
	const writers, each = 16, 10
	db := testenv.Spanner(t, schema)
	put(t, db, counter{"a", 0})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if _, err := db.Update(ctx, "increment", increment); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, _, err := spandb.Get[counter](ctx, db.Single(), "Counters", spanner.Key{"a"})
	if err != nil || got.N != writers*each {
		t.Errorf("counted %d (%v), want %d", got.N, err, writers*each)
	}
}

func increment(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
	c, _, err := spandb.Get[counter](ctx, tx, "Counters", spanner.Key{"a"})
	if err != nil {
		return err
	}
	return tx.BufferWrite([]*spanner.Mutation{spanner.Update("Counters", []string{"Id", "N"}, []any{"a", c.N + 1})})
}

func TestUpdateErrors(t *testing.T) {
	t.Parallel()
	db := testenv.Spanner(t, schema)
	put(t, db, counter{"a", 1})
	refusal := fault.New(fault.SoldOut)
	_, err := db.Update(t.Context(), "refuse", func(context.Context, *spanner.ReadWriteTransaction) error {
		return fmt.Errorf("wrapped: %w", refusal)
	})
	if !errors.Is(err, refusal) {
		t.Errorf("refusal came back as %v", err)
	}
	insert := func(id string, n int64) error {
		_, err := db.Update(t.Context(), "insert", func(_ context.Context, tx *spanner.ReadWriteTransaction) error {
			return tx.BufferWrite([]*spanner.Mutation{spanner.Insert("Counters", []string{"Id", "N"}, []any{id, n})})
		})
		return err
	}
	if err := insert("a", 2); spanner.ErrCode(err) != codes.AlreadyExists {
		t.Errorf("second insert: %v, want AlreadyExists", err)
	}
	if err := insert("b", -1); spanner.ErrCode(err) != codes.OutOfRange {
		t.Errorf("failed CHECK: %v, want OutOfRange", err)
	}
}

func TestContentionEndsWithTheDeadline(t *testing.T) {
	t.Parallel()
	db := testenv.Spanner(t, schema)
	put(t, db, counter{"a", 0})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	attempts := 0
	_, err := db.Update(ctx, "abort", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		attempts++
		if err := increment(ctx, tx); err != nil {
			return err
		}
		return status.Error(codes.Aborted, "another transaction won")
	})
	if code := fault.Of(err).Code(); code != connect.CodeUnavailable || attempts < 2 {
		t.Errorf("after %d attempts: %v (%v), want unavailable", attempts, code, err)
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	db := testenv.Spanner(t, "")
	file := filepath.Join(t.TempDir(), "clock")
	real, err := spandb.Now(t.Context(), db.Single(), clock.New(""))
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Since(real).Abs(); off > time.Minute || real.Location() != time.UTC {
		t.Errorf("now is %v, %v away", real, off)
	}
	if err := clock.Advance(file, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	later, err := spandb.Now(t.Context(), db.Single(), clock.New(file))
	if err != nil || later.Sub(real) < 24*time.Hour || later.Sub(real) > 24*time.Hour+time.Minute {
		t.Errorf("advanced by %v (%v), want 24h", later.Sub(real), err)
	}
}

// TestNowAsksTheDatabaseSeldom has everybody who wants to know the time in these seconds share an answer or two.
func TestNowAsksTheDatabaseSeldom(t *testing.T) {
	database := testenv.Database(t, "")
	gate := testenv.NewGate(t, os.Getenv("SPANNER_EMULATOR_HOST"), nil)
	t.Setenv("SPANNER_EMULATOR_HOST", gate.Addr)
	db := open(t, database)
	last := time.Time{}
	for range 500 {
		now, err := spandb.Now(t.Context(), db.Single(), clock.New(""))
		if err != nil || now.Before(last) {
			t.Fatalf("now is %v after %v (%v)", now, last, err)
		}
		last = now
	}
	if asked := gate.CallsByTag()["now"]; asked > 50 { // more than one is a busy machine's
		t.Errorf("500 times the time was wanted, and the database was asked %d times", asked)
	}
}

func TestStoreDownAndBack(t *testing.T) {
	database := testenv.Database(t, schema)
	proxy := testenv.NewProxy(t, os.Getenv("SPANNER_EMULATOR_HOST"))
	t.Setenv("SPANNER_EMULATOR_HOST", proxy.Addr)

	proxy.Cut()
	late := open(t, database)
	unavailable(t, late) // down since before the first call

	proxy.Restore()
	testenv.Eventually(t, func() error { _, err := late.Update(t.Context(), "touch", touch); return err })
	db := open(t, database)
	if _, err := db.Update(t.Context(), "touch", touch); err != nil {
		t.Fatal(err)
	}

	proxy.Cut()
	unavailable(t, db) // lost under a client in use
	unavailable(t, late)

	proxy.Restore()
	for _, db := range []*spandb.DB{db, late} {
		testenv.Eventually(t, func() error { return db.Ping(t.Context()) })
		if _, err := db.Update(t.Context(), "touch", touch); err != nil {
			t.Errorf("after the store came back: %v", err)
		}
	}
}

func open(t *testing.T, database string) *spandb.DB {
	t.Helper()
	db, err := spandb.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func touch(_ context.Context, tx *spanner.ReadWriteTransaction) error {
	return tx.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdate("Counters", []string{"Id", "N"}, []any{"touched", 1})})
}

// unavailable asserts that each kind of call is refused, within a second.
func unavailable(t *testing.T, db *spandb.DB) {
	t.Helper()
	calls := map[string]func(ctx context.Context) error{
		"read": func(ctx context.Context) error {
			_, _, err := spandb.Get[counter](ctx, db.Single(), "Counters", spanner.Key{"a"})
			return err
		},
		"query": func(ctx context.Context) error {
			_, err := spandb.All[counter](ctx, db.Single(), "test", spanner.NewStatement("SELECT Id, N FROM Counters"))
			return err
		},
		"update": func(ctx context.Context) error { _, err := db.Update(ctx, "touch", touch); return err },
		"read in an update": func(ctx context.Context) error {
			_, err := db.Update(ctx, "increment", increment)
			return err
		},
		"apply": func(ctx context.Context) error {
			return db.Apply(ctx, "delete", []*spanner.Mutation{spanner.Delete("Counters", spanner.Key{"a"})})
		},
	}
	var wg sync.WaitGroup
	for name, call := range calls {
		wg.Go(func() {
			began := time.Now()
			err := call(t.Context())
			if fault.ReasonOf(err) != fault.StoreUnavailable {
				t.Errorf("%s with the store down: %v, want STORE_UNAVAILABLE", name, err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s took %v to say that the store is down", name, took)
			}
		})
	}
	wg.Wait()
}
