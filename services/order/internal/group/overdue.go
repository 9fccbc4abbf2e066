package group

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Overdue is since when the group that has waited longest waits; NULL when none does.
type Overdue struct {
	Deadline spanner.NullTime // for its deadline, or the end of its grace, to be applied
	FanOut   spanner.NullTime // decided, for its outcome to reach all members
}

// OverdueSince answers what is overdue by now.
func OverdueSince(ctx context.Context, r spandb.Reader, now time.Time) (Overdue, error) {
	o, _, err := spandb.One[Overdue](ctx, r, "groups_overdue", spanner.Statement{
		SQL: `SELECT
			(SELECT MIN(DueAt) FROM BuyerGroups@{FORCE_INDEX=GroupsByDue}
				WHERE DueShard IS NOT NULL AND DueShard BETWEEN 0 AND 15 AND DueAt <= @now) AS Deadline,
			(SELECT MIN(UpdatedAt) FROM BuyerGroups@{FORCE_INDEX=GroupsByFanOut}
				WHERE FanOutShard IS NOT NULL AND FanOutShard BETWEEN 0 AND 15) AS FanOut`,
		Params: map[string]any{"now": now},
	})
	return o, err
}
