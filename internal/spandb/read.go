package spandb

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
)

// One returns the first row of stmt, scanned by column name into T's
// `spanner:"Column"` fields, and whether there was one.
func One[T any](ctx context.Context, r Reader, tag string, stmt spanner.Statement) (T, bool, error) {
	var first T
	it := r.QueryWithOptions(ctx, stmt, spanner.QueryOptions{RequestTag: tag})
	defer it.Stop()
	row, err := it.Next()
	if errors.Is(err, iterator.Done) {
		return first, false, nil
	}
	if err != nil {
		return first, false, readError(tag, err)
	}
	if err := row.ToStructLenient(&first); err != nil {
		return first, false, fmt.Errorf("%s: %w", tag, err)
	}
	return first, true, nil
}

// All returns every row of stmt: bound it with LIMIT.
func All[T any](ctx context.Context, r Reader, tag string, stmt spanner.Statement) ([]T, error) {
	return collect[T](tag, r.QueryWithOptions(ctx, stmt, spanner.QueryOptions{RequestTag: tag}))
}

// Get returns the row of table at key with the columns of T, and whether it is
// there.
func Get[T any](ctx context.Context, r Reader, table string, key spanner.Key) (T, bool, error) {
	var got T
	tag := "get_" + table
	row, err := r.ReadRowWithOptions(ctx, table, key, Columns[T](), &spanner.ReadOptions{RequestTag: tag})
	if errors.Is(err, spanner.ErrRowNotFound) {
		return got, false, nil
	}
	if err != nil {
		return got, false, readError(tag, err)
	}
	if err := row.ToStructLenient(&got); err != nil {
		return got, false, fmt.Errorf("%s: %w", tag, err)
	}
	return got, true, nil
}

// Rows returns those rows of table which keys names, with the columns of T.
func Rows[T any](ctx context.Context, r Reader, table string, keys spanner.KeySet) ([]T, error) {
	return read[T](ctx, r, table, keys, spanner.ReadOptions{RequestTag: "rows_" + table})
}

// Index returns the first limit rows that keys names in an index of table, in its
// order, with the columns of T, which the index must hold; 0 is no limit. It costs
// what it returns, however large the table is.
func Index[T any](ctx context.Context, r Reader, table, index string, keys spanner.KeySet, limit int) ([]T, error) {
	return read[T](ctx, r, table, keys, spanner.ReadOptions{RequestTag: "index_" + index, Index: index, Limit: limit})
}

// Range returns the first limit rows of table in keys, in the order of its key;
// 0 is no limit.
func Range[T any](ctx context.Context, r Reader, table string, keys spanner.KeyRange, limit int) ([]T, error) {
	return read[T](ctx, r, table, keys, spanner.ReadOptions{RequestTag: "range_" + table, Limit: limit})
}

func read[T any](ctx context.Context, r Reader, table string, keys spanner.KeySet, opts spanner.ReadOptions) ([]T, error) {
	return collect[T](opts.RequestTag, r.ReadWithOptions(ctx, table, keys, Columns[T](), &opts))
}

func collect[T any](tag string, it *spanner.RowIterator) ([]T, error) {
	var all []T
	err := it.Do(func(row *spanner.Row) error {
		var one T
		if err := row.ToStructLenient(&one); err != nil {
			return err
		}
		all = append(all, one)
		return nil
	})
	if err != nil {
		return nil, readError(tag, err)
	}
	return all, nil
}

// readError keeps ABORTED as it is, so that the transaction around the read
// runs again.
func readError(tag string, err error) error {
	if spanner.ErrCode(err) != codes.Aborted {
		err = refusal(err)
	}
	return fmt.Errorf("%s: %w", tag, err)
}

var columns sync.Map // reflect.Type → []string

// Columns returns the columns of T in the order of its fields: each exported
// field's `spanner:"Column"` tag, or its name where it has none.
func Columns[T any]() []string {
	t := reflect.TypeFor[T]()
	if known, ok := columns.Load(t); ok {
		return known.([]string)
	}
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("spanner"), ";") // "Column;readonly"
		switch {
		case !f.IsExported() || f.Anonymous || name == "-":
			continue
		case name == "" || name == "->":
			name = f.Name
		}
		names = append(names, name)
	}
	columns.Store(t, names)
	return names
}
