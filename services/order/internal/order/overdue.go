package order

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// OverdueSince answers the end of the hold that has been over longest and still waits to be let go; NULL when none does.
func OverdueSince(ctx context.Context, r spandb.Reader, now time.Time) (spanner.NullTime, error) {
	row, _, err := spandb.One[struct{ Since spanner.NullTime }](ctx, r, "holds_overdue", spanner.Statement{
		SQL: `SELECT MIN(HoldEndAt) AS Since FROM Orders@{FORCE_INDEX=OrdersByHoldEnd}
			WHERE HoldShard IS NOT NULL AND HoldShard BETWEEN 0 AND 15 AND HoldEndAt <= @now`,
		Params: map[string]any{"now": now},
	})
	return row.Since, err
}
