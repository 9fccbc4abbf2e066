package hold

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Of answers an order's hold; one without a state when nothing was ever held.
func Of(ctx context.Context, r spandb.Reader, orderID string) (Hold, error) {
	h, _, err := spandb.Get[Hold](ctx, r, "Holds", spanner.Key{orderID})
	h.OrderID = orderID
	return h, err
}

// Save answers the hold's row.
func (h Hold) Save() *spanner.Mutation {
	return spanner.InsertOrUpdate("Holds", spandb.Columns[Hold](),
		[]any{h.OrderID, h.CustomerID, h.Points, string(h.State), h.Round, h.CheckAt, h.Returned})
}

// Due answers up to limit holds whose order is to be asked by now.
func Due(ctx context.Context, r spandb.Reader, now time.Time, limit int64) ([]Hold, error) {
	stmt := spanner.NewStatement(`
		SELECT OrderId, CustomerId, Points, State, Round, CheckAt, Returned
		FROM Holds@{FORCE_INDEX=HoldsByCheckAt}
		WHERE Shard BETWEEN 0 AND 7 AND CheckAt <= @now
		LIMIT @limit`)
	stmt.Params = map[string]any{"now": now, "limit": limit}
	return spandb.All[Hold](ctx, r, "holds_due", stmt)
}
