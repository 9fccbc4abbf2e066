package shop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/iterator"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/spandb"
)

// Drained waits until nothing is under way any more: no message unsent, no group decided whose members do not know, no order
// between being bought and being paid. An error after patience tells what still is.
func (s *Shop) Drained(ctx context.Context, patience time.Duration) error {
	until := time.Now().Add(patience)
	for {
		under, err := s.underWay(ctx)
		switch {
		case err != nil || under == "":
			return err
		case time.Now().After(until):
			return fmt.Errorf("after %s there are still %s", patience, under)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond): // each look costs the store more than a customer does
		}
	}
}

// underWay tells what is still under way; empty for nothing.
func (s *Shop) underWay(ctx context.Context) (string, error) {
	for _, one := range []struct {
		what, of string
		db       *spandb.DB
	}{
		{"messages of order", "Outbox", s.orders},
		{"messages of payment", "Outbox", s.payments},
		{"messages of reward", "Outbox", s.rewards},
		{"outcomes", "BuyerGroups WHERE FanOutShard IS NOT NULL", s.orders},
		{"payments", "Payments WHERE State IN ('CREATED', 'CAPTURING')", s.payments},
		{"orders", "Orders WHERE State = 'CONFIRMED'", s.orders},
	} {
		row, _, err := spandb.One[struct{ N int64 }](ctx, one.db.Single(), "look", spanner.NewStatement("SELECT COUNT(*) AS N FROM "+one.of))
		if err != nil {
			return "", err
		}
		if row.N > 0 {
			return fmt.Sprintf("%d %s", row.N, one.what), nil
		}
	}
	return "", nil
}

// OrderRows answers what a query finds in order's database.
func (s *Shop) OrderRows(ctx context.Context, stmt spanner.Statement) (rows []*spanner.Row, err error) {
	it := s.orders.Single().QueryWithOptions(ctx, stmt, spanner.QueryOptions{RequestTag: "look"})
	defer it.Stop()
	for {
		row, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
}

// WriteOrders writes rows into order's database, past its rules: for what no customer can bring about, a long past.
func (s *Shop) WriteOrders(ctx context.Context, rows []*spanner.Mutation) error {
	return s.orders.Apply(ctx, "lay_behind", rows)
}

// Shelved is a document of catalog's database.
type Shelved struct {
	Collection, Name string
	Fields           map[string]any
}

// CatalogDocument answers one as it is stored.
func (s *Shop) CatalogDocument(ctx context.Context, collection, name string) (Shelved, error) {
	fields, _, ok, err := firedb.Get[map[string]any](ctx, s.shelves.Collection(collection).Doc(name))
	if err == nil && !ok {
		err = fmt.Errorf("%s %s: %w", collection, name, errNoRow)
	}
	return Shelved{collection, name, fields}, err
}

// WriteCatalog writes documents into catalog's database, past its rules and its feed of changes, as WriteOrders does.
func (s *Shop) WriteCatalog(ctx context.Context, docs []Shelved) error {
	var writes []firedb.Write
	for _, d := range docs {
		writes = append(writes, firedb.Set(s.shelves.Collection(d.Collection).Doc(d.Name), d.Fields))
	}
	return firedb.Commit(ctx, s.shelves, writes...)
}
