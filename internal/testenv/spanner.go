package testenv

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	admin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/google/uuid"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/spandb"
)

// instance is one per test process, since an emulator holds 100 databases in one.
var instance = "projects/issho-test/instances/test-" + random()

func random() string { return uuid.NewString()[:8] }

// emulator returns the address in the environment variable name, without which
// the test cannot run.
func emulator(t testing.TB, name string) string {
	t.Helper()
	host := os.Getenv(name)
	if host == "" {
		t.Fatalf("%s is not set: run `scripts/check test`, which starts the emulators and names them to the tests.", name)
	}
	return host
}

// Database returns the name of a new database on the Spanner emulator with the
// schema given, the text of a schema.sql. It is dropped after the test.
func Database(t testing.TB, schema string) string {
	t.Helper()
	emulator(t, "SPANNER_EMULATOR_HOST")
	name := fmt.Sprintf("%s/databases/db-%s", instance, random())
	if err := spandb.Migrate(t.Context(), name, schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, name) })
	return name
}

func drop(t testing.TB, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := admin.NewDatabaseAdminClient(ctx)
	if err != nil {
		t.Errorf("drop %s: %v", name, err)
		return
	}
	defer client.Close()
	if err := client.DropDatabase(ctx, &databasepb.DropDatabaseRequest{Database: name}); err != nil {
		t.Errorf("drop %s: %v", name, err)
	}
}

// Spanner opens a new database with the schema given.
func Spanner(t testing.TB, schema string) *spandb.DB {
	t.Helper()
	db, err := spandb.Open(t.Context(), Database(t, schema))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Firestore opens an empty database on the Firestore emulator, in a project of
// its own.
func Firestore(t testing.TB) *firestore.Client {
	t.Helper()
	emulator(t, "FIRESTORE_EMULATOR_HOST")
	client, err := firedb.Open(t.Context(), "test-"+random(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}
