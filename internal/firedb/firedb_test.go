package firedb_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestFault(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want fault.Reason
	}{
		{"none", nil, ""},
		{"unreachable", status.Error(codes.Unavailable, "gone"), fault.StoreUnavailable},
		{"a query without its index", status.Error(codes.FailedPrecondition, "requires an index"), ""},
		{"transaction", status.Error(codes.Aborted, "lock"), fault.Conflict},
		{"a refusal stays", fault.New(fault.SoldOut), fault.SoldOut},
		{"not found is the caller's", status.Error(codes.NotFound, "no document"), ""},
		{"anything else", errors.New("x"), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fault.ReasonOf(firedb.Fault(tc.err)); got != tc.want {
				t.Errorf("Fault(%v) = %q, want %q", tc.err, got, tc.want)
			}
		})
	}
	if !firedb.Absent(iterator.Done) {
		t.Error("the end of an iteration is not absence")
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	doc := testenv.Firestore(t).Collection("carts").Doc("u_1")
	ctx := t.Context()
	if _, err := doc.Get(ctx); !firedb.Absent(err) {
		t.Errorf("Get of nothing: %v, want absence", err)
	}
	first, err := doc.Create(ctx, map[string]int{"n": 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Create(ctx, map[string]int{"n": 2}); !firedb.Exists(err) {
		t.Errorf("second Create: %v, want existence", err)
	}
	update := []firestore.Update{{Path: "n", Value: 3}}
	if _, err := doc.Update(ctx, update, firestore.LastUpdateTime(first.UpdateTime)); err != nil {
		t.Fatal(err)
	}
	_, err = doc.Update(ctx, update, firestore.LastUpdateTime(first.UpdateTime))
	if fault.ReasonOf(firedb.WriteFault(err)) != fault.Conflict {
		t.Errorf("update of a document that has moved on: %v, want CONFLICT", err)
	}
}

func TestNamedDatabasesAreApart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	cart, err := firedb.Open(ctx, "test-named", "cart")
	if err != nil {
		t.Fatal(err)
	}
	defer cart.Close()
	user, err := firedb.Open(ctx, "test-named", "user")
	if err != nil {
		t.Fatal(err)
	}
	defer user.Close()
	if _, err := cart.Collection("c").Doc("d").Set(ctx, map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := user.Collection("c").Doc("d").Get(ctx); !firedb.Absent(err) {
		t.Errorf("a document of the database cart, read in user: %v", err)
	}
}

func TestStoreDownAndBack(t *testing.T) {
	proxy := testenv.NewProxy(t, os.Getenv("FIRESTORE_EMULATOR_HOST"))
	t.Setenv("FIRESTORE_EMULATOR_HOST", proxy.Addr)
	client := testenv.Firestore(t)
	doc := client.Collection("c").Doc("d")
	if _, err := doc.Set(t.Context(), map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}
	proxy.Cut()
	for name, call := range map[string]func(ctx context.Context) error{
		"get":   func(ctx context.Context) error { _, err := doc.Get(ctx); return err },
		"set":   func(ctx context.Context) error { _, err := doc.Set(ctx, map[string]int{"n": 2}); return err },
		"query": func(ctx context.Context) error { _, err := client.Collection("c").Documents(ctx).GetAll(); return err },
		"transaction": func(ctx context.Context) error {
			return client.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
				_, err := tx.Get(doc)
				return err
			})
		},
		"ping": firedb.Ping(client),
	} {
		began := time.Now()
		if err := firedb.Fault(call(t.Context())); fault.ReasonOf(err) != fault.StoreUnavailable {
			t.Errorf("%s with the store down: %v, want STORE_UNAVAILABLE", name, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s took %v to say that the store is down", name, took)
		}
	}
	proxy.Restore()
	testenv.Eventually(t, func() error { return firedb.Ping(client)(t.Context()) })
	if _, err := doc.Set(t.Context(), map[string]int{"n": 3}); err != nil {
		t.Errorf("after the store came back: %v", err)
	}
}
