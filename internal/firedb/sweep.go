package firedb

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"github.com/issho-shop/issho/internal/fault"
)

// sweepBatch is how many documents one commit deletes: few enough that one is quick.
const sweepBatch = 200

// Sweep deletes the documents whose time in field lies before the given one, and tells how many. A document that was
// written again meanwhile stays, with its neighbours, until the next sweep.
func Sweep(ctx context.Context, c *firestore.Client, col *firestore.CollectionRef, field string, before time.Time) (int, error) {
	return DeleteAll(ctx, c, col.Where(field, "<", before))
}

// DeleteAll deletes what a query finds, as Sweep does.
func DeleteAll(ctx context.Context, c *firestore.Client, query firestore.Query) (int, error) {
	swept := 0
	for {
		writes, err := deletes(query.Limit(sweepBatch).Documents(ctx))
		if err != nil || len(writes) == 0 {
			return swept, err
		}
		err = Commit(ctx, c, writes...)
		if fault.ReasonOf(err) == fault.Conflict {
			return swept, nil
		}
		if err != nil {
			return swept, err
		}
		swept += len(writes)
	}
}

func deletes(it *firestore.DocumentIterator) ([]Write, error) {
	defer it.Stop()
	var out []Write
	for {
		snap, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return out, nil
		}
		if err != nil {
			return nil, Fault(err)
		}
		out = append(out, Delete(snap.Ref, snap.UpdateTime))
	}
}
