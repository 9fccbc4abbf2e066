package spandb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	admin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrEdited is returned by Migrate for a schema in which a statement that was
// applied earlier has been changed or removed from its place.
var ErrEdited = errors.New("schema.sql is append-only: a statement that was applied earlier has changed")

// logTable remembers the statements of schema.sql by position.
const logTable = `CREATE TABLE IF NOT EXISTS SchemaStatements (
	Position  INT64      NOT NULL,
	Digest    STRING(64) NOT NULL,
	AppliedAt TIMESTAMP,
) PRIMARY KEY (Position)`

// logged is a row of SchemaStatements. It is written before its statement runs;
// AppliedAt is set when it has.
type logged struct {
	Position  int64
	Digest    string
	AppliedAt spanner.NullTime
}

// Migrate applies those statements of schema, the text of a service's
// schema.sql, which database does not have yet. The file is append-only: change
// a table by a further statement. Several migrations of one database may run at
// once, and one that was killed midway is taken up by the next.
//
// On the emulator it also creates the instance and the database.
func Migrate(ctx context.Context, database, schema string) error {
	if os.Getenv("SPANNER_EMULATOR_HOST") != "" {
		if err := create(ctx, database); err != nil {
			return fmt.Errorf("migrate %s: %w", database, err)
		}
	}
	if err := migrate(ctx, database, Statements(schema)); err != nil {
		return fmt.Errorf("migrate %s: %w", database, err)
	}
	return nil
}

func migrate(ctx context.Context, database string, all []string) error {
	client, err := admin.NewDatabaseAdminClient(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	run := func(batch ...string) error { return runDDL(ctx, client, database, batch) }
	if err := run(logTable); err != nil {
		return err
	}
	db, err := Open(ctx, database)
	if err != nil {
		return err
	}
	defer db.Close()
	first, resumed, err := db.announce(ctx, all)
	if err != nil || first == len(all) {
		return err
	}
	if err := apply(run, all[first:], resumed); err != nil {
		return err
	}
	return db.applied(ctx, first, all)
}

// announce logs what is about to be applied: all[first:]. resumed says that
// another migration had announced some of it and may have applied it.
func (db *DB) announce(ctx context.Context, all []string) (first int, resumed bool, err error) {
	_, err = db.Update(ctx, "migrate_announce", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		first, resumed = 0, false
		known, err := Rows[logged](ctx, tx, "SchemaStatements", spanner.AllKeys())
		if err != nil {
			return err
		}
		for i, k := range known {
			switch {
			case !k.AppliedAt.Valid:
				resumed = true
			case i >= len(all):
				// A newer schema is there already: an older revision runs beside it.
			case k.Digest != hash(all[i]):
				return fmt.Errorf("%w: number %d, now %q", ErrEdited, i+1, all[i])
			default:
				first = i + 1
			}
		}
		return tx.BufferWrite(logRows(first, all, spanner.NullTime{}))
	})
	return first, resumed, err
}

func (db *DB) applied(ctx context.Context, first int, all []string) error {
	return db.Apply(ctx, "migrate_applied", logRows(first, all, spanner.NullTime{Time: time.Now(), Valid: true}))
}

func logRows(first int, all []string, at spanner.NullTime) []*spanner.Mutation {
	var ms []*spanner.Mutation
	for i := first; i < len(all); i++ {
		ms = append(ms, spanner.InsertOrUpdate("SchemaStatements", Columns[logged](), []any{int64(i), hash(all[i]), at}))
	}
	return ms
}

// hash ignores how a statement is laid out.
func hash(statement string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(statement), " ")))
	return hex.EncodeToString(sum[:])
}

// apply runs pending in one batch. Where another migration was at it, statement
// by statement, so that what it has done already can be told apart.
func apply(run func(...string) error, pending []string, resumed bool) error {
	if !resumed {
		err := run(pending...)
		if err == nil || !isDone(err) {
			return err
		}
	}
	for _, statement := range pending {
		if err := run(statement); err != nil && !isDone(err) {
			return err
		}
	}
	return nil
}

// isDone says that err complains about a name which is there already.
func isDone(err error) bool {
	return spanner.ErrCode(err) == codes.AlreadyExists || strings.Contains(err.Error(), "Duplicate ")
}

// runDDL waits its turn: a database changes its schema once at a time.
func runDDL(ctx context.Context, client *admin.DatabaseAdminClient, database string, batch []string) error {
	const busy = "concurrent schema change"
	for {
		op, err := client.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{Database: database, Statements: batch})
		if err == nil {
			err = op.Wait(ctx)
		}
		if err == nil || !strings.Contains(status.Convert(err).Message(), busy) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
