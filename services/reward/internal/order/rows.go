package order

import (
	"context"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Of answers what was heard of an order.
func Of(ctx context.Context, r spandb.Reader, orderID string) (Order, error) {
	o, _, err := spandb.Get[Order](ctx, r, "Orders", spanner.Key{orderID})
	o.ID = orderID
	return o, err
}

// Save answers the order's row.
func (o Order) Save() *spanner.Mutation {
	return spanner.InsertOrUpdate("Orders", spandb.Columns[Order](), []any{o.ID, o.CustomerID, string(o.State), o.UpdatedAt})
}
