package group

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Look is one row of Closings: when to look whether a group can be closed.
type Look struct {
	Shard   int64     `spanner:"Shard"`
	LookAt  time.Time `spanner:"LookAt"`
	GroupID string    `spanner:"GroupId"`
}

// LookToClose returns the mutation that has a group looked at.
func LookToClose(id string, at time.Time) *spanner.Mutation {
	return spanner.InsertOrUpdate("Closings", spandb.Columns[Look](), []any{spandb.Shard(id), at, id})
}

// Delete returns the mutation that ends the looking.
func (l Look) Delete() *spanner.Mutation {
	return spanner.Delete("Closings", spanner.Key{l.Shard, l.LookAt, l.GroupID})
}

// ToClose answers up to limit groups that are to be looked at by the time given.
func ToClose(ctx context.Context, r spandb.Reader, now time.Time, limit int) ([]Look, error) {
	return spandb.Sharded[Look](ctx, r, "Closings", "", func(shard int64) spanner.KeyRange {
		return spanner.KeyRange{Start: spanner.Key{shard}, End: spanner.Key{shard, now}, Kind: spanner.ClosedClosed}
	}, limit)
}
