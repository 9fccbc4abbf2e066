package spandb

import (
	"context"
	"hash/fnv"
	"math/rand/v2"

	"cloud.google.com/go/spanner"
)

// shards is how many ranges an index led by time is spread over, so that no one server takes all of its writes.
const shards = 16

// Shard answers which range the row of an id falls into, 0 to 15: the first column of such an index.
func Shard(id string) int64 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int64(h.Sum32() % shards)
}

// Sharded answers up to limit rows of an index whose first column is a Shard, those between from and to of each shard, in
// the order of the index. It begins at another shard each time, so that rows which stay where they are stand in nobody's
// way for good. r must bear more than one read.
func Sharded[T any](ctx context.Context, r Reader, table, index string, between func(shard int64) spanner.KeyRange, limit int) ([]T, error) {
	var later, sooner []spanner.KeySet
	begin := rand.Int64N(shards)
	for n := range int64(shards) {
		if n < begin {
			later = append(later, between(n))
		} else {
			sooner = append(sooner, between(n))
		}
	}
	rows, err := Index[T](ctx, r, table, index, spanner.KeySets(sooner...), limit)
	if err != nil || len(rows) >= limit || len(later) == 0 {
		return rows, err
	}
	rest, err := Index[T](ctx, r, table, index, spanner.KeySets(later...), limit-len(rows))
	return append(rows, rest...), err
}
