package spandb_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

const more = schema + `
-- a second table
CREATE TABLE Notes (Id STRING(20) NOT NULL) PRIMARY KEY (Id);
CREATE INDEX CountersByN ON Counters (N);`

type statement struct {
	Position  int64
	Digest    string
	AppliedAt spanner.NullTime
}

// applied returns how many statements the database has on record as applied.
func applied(t *testing.T, database string) int {
	t.Helper()
	rows, err := spandb.Rows[statement](t.Context(), open(t, database).Single(), "SchemaStatements", spanner.AllKeys())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range rows {
		if r.AppliedAt.Valid {
			n++
		}
	}
	return n
}

func tables(t *testing.T, database string) map[string]bool {
	t.Helper()
	type table struct{ Name string }
	rows, err := spandb.All[table](t.Context(), open(t, database).Single(), "test",
		spanner.NewStatement("SELECT TABLE_NAME AS Name FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ''"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, r := range rows {
		names[r.Name] = true
	}
	return names
}

func TestMigrateAppliesWhatIsNew(t *testing.T) {
	t.Parallel()
	database := testenv.Database(t, schema)
	for range 2 {
		if err := spandb.Migrate(t.Context(), database, more); err != nil {
			t.Fatal(err)
		}
	}
	if n := applied(t, database); n != 3 {
		t.Errorf("%d statements on record, want 3", n)
	}
	if err := spandb.Migrate(t.Context(), database, schema); err != nil {
		t.Errorf("an older revision beside a newer schema: %v", err)
	}
	if !tables(t, database)["Notes"] {
		t.Error("the appended table is missing")
	}
}

func TestMigrateRefusesAnEditedStatement(t *testing.T) {
	t.Parallel()
	database := testenv.Database(t, more)
	edited := "CREATE TABLE Counters (Id STRING(99) NOT NULL) PRIMARY KEY (Id);" + more[len(schema):]
	if err := spandb.Migrate(t.Context(), database, edited); !errors.Is(err, spandb.ErrEdited) {
		t.Errorf("edited statement: %v, want ErrEdited", err)
	}
	reworded := "-- other words\n" + more
	if err := spandb.Migrate(t.Context(), database, reworded); err != nil {
		t.Errorf("edited comment: %v", err)
	}
}

func TestMigrateCanBeMendedAfterABadStatement(t *testing.T) {
	t.Parallel()
	database := testenv.Database(t, "")
	if err := spandb.Migrate(t.Context(), database, schema+"CREATE TABEL Notes (Id INT64) PRIMARY KEY (Id);"); err == nil {
		t.Fatal("a statement with a typing error was applied")
	}
	if err := spandb.Migrate(t.Context(), database, more); err != nil {
		t.Fatal(err)
	}
	if n := applied(t, database); n != 3 {
		t.Errorf("%d statements on record, want 3", n)
	}
}

// As if a migration had been killed after its first statement.
func TestMigrateTakesUpAnUnfinishedOne(t *testing.T) {
	t.Parallel()
	database := testenv.Database(t, schema)
	db := open(t, database)
	rows, err := spandb.Rows[statement](t.Context(), db.Single(), "SchemaStatements", spanner.AllKeys())
	if err != nil || len(rows) != 1 {
		t.Fatalf("on record: %v, %v", rows, err)
	}
	forget := spanner.Update("SchemaStatements", []string{"Position", "AppliedAt"}, []any{rows[0].Position, nil})
	if err := db.Apply(t.Context(), "forget", []*spanner.Mutation{forget}); err != nil {
		t.Fatal(err)
	}
	if err := spandb.Migrate(t.Context(), database, more); err != nil {
		t.Fatal(err)
	}
	if n := applied(t, database); n != 3 || !tables(t, database)["Notes"] {
		t.Errorf("%d statements on record, want 3; Notes is there: %v", n, tables(t, database)["Notes"])
	}
}

func TestMigrateConcurrently(t *testing.T) {
	t.Parallel()
	database := testenv.Database(t, "")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if err := spandb.Migrate(t.Context(), database, more); err != nil {
				t.Error(fmt.Errorf("migration %d: %w", i, err))
			}
		})
	}
	wg.Wait()
	if n := applied(t, database); n != 3 {
		t.Errorf("%d statements on record, want 3", n)
	}
}
