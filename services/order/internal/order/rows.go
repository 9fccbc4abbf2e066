package order

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Read answers an order, and whether there is one.
func Read(ctx context.Context, r spandb.Reader, id string) (*Order, bool, error) {
	o, ok, err := spandb.Get[Order](ctx, r, "Orders", spanner.Key{id})
	return &o, ok, err
}

// ReadAll answers those of the orders given that there are, by id.
func ReadAll(ctx context.Context, r spandb.Reader, ids []string) (map[string]*Order, error) {
	keys := make([]spanner.KeySet, 0, len(ids))
	for _, id := range ids {
		keys = append(keys, spanner.Key{id})
	}
	rows, err := spandb.Rows[Order](ctx, r, "Orders", spanner.KeySets(keys...))
	orders := make(map[string]*Order, len(rows))
	for i := range rows {
		orders[rows[i].OrderID] = &rows[i]
	}
	return orders, err
}

// OfCart answers the id of the living order that bought a version of a customer's cart; empty when there is none.
func OfCart(ctx context.Context, r spandb.Reader, customer string, version int64) (string, error) {
	row, _, err := spandb.One[struct{ OrderId string }](ctx, r, "order_of_cart", spanner.Statement{
		SQL:    `SELECT OrderId FROM Orders@{FORCE_INDEX=OrdersByCart, spanner_emulator.disable_query_null_filtered_index_check=true} WHERE CartKey = @key`,
		Params: map[string]any{"key": cartKey(customer, version)},
	})
	return row.OrderId, err
}

// History is what a customer has done in a campaign, for its limits.
type History struct {
	Units    int64 // in orders that are not cancelled
	Timeouts int64 // orders whose payment did not come in time
}

// HistoryOf answers a customer's history in a campaign. What the transaction itself has done to last, if not nil, is not
// in the rows yet: that order counts as it stands here.
func HistoryOf(ctx context.Context, r spandb.Reader, customer, campaign string, last *Order) (History, error) {
	if last == nil {
		last = &Order{State: Cancelled}
	}
	h, _, err := spandb.One[History](ctx, r, "campaign_history", spanner.Statement{
		SQL: `SELECT IFNULL(SUM(IF(State != 'CANCELLED', Units, 0)), 0) AS Units,
				IFNULL(SUM(IF(CancelReason = 'PAYMENT_TIMEOUT', 1, 0)), 0) AS Timeouts
			FROM Orders@{FORCE_INDEX=OrdersByCampaign} WHERE CustomerId = @customer AND CampaignId = @campaign AND OrderId != @last`,
		Params: map[string]any{"customer": customer, "campaign": campaign, "last": last.OrderID},
	})
	if last.State != Cancelled {
		h.Units += last.Units
	}
	if last.CancelReason == PaymentTimeout {
		h.Timeouts++
	}
	return h, err
}

// Cursor is a place in a customer's orders, newest first.
type Cursor struct {
	CreatedAt time.Time
	OrderID   string
}

// List answers up to limit orders of a customer that are older than the cursor, newest first. A zero cursor is the start.
func List(ctx context.Context, r spandb.Reader, customer string, before Cursor, limit int64) ([]*Order, error) {
	if before.CreatedAt.IsZero() {
		before.CreatedAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	keys, err := spandb.All[struct{ OrderId string }](ctx, r, "list_orders", spanner.Statement{
		SQL: `SELECT OrderId FROM Orders@{FORCE_INDEX=OrdersByCustomer} WHERE CustomerId = @customer
			AND (CreatedAt < @at OR (CreatedAt = @at AND OrderId > @id)) ORDER BY CreatedAt DESC, OrderId LIMIT @limit`,
		Params: map[string]any{"customer": customer, "at": before.CreatedAt, "id": before.OrderID, "limit": limit},
	})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	ids := make([]string, 0, len(keys))
	for _, k := range keys {
		ids = append(ids, k.OrderId)
	}
	byID, err := ReadAll(ctx, r, ids)
	var orders []*Order
	for _, id := range ids {
		if o := byID[id]; o != nil {
			orders = append(orders, o)
		}
	}
	return orders, err
}

// HoldsEndedBy answers up to limit unpaid orders whose hold has ended by the time given.
func HoldsEndedBy(ctx context.Context, r spandb.Reader, now time.Time, limit int64) ([]string, error) {
	return unpaid(ctx, r, "ended_holds", "HoldEndAt <= @at", now, limit)
}

// UnpaidSince answers up to limit unpaid orders made before the time given.
func UnpaidSince(ctx context.Context, r spandb.Reader, made time.Time, limit int64) ([]string, error) {
	return unpaid(ctx, r, "unpaid_orders", "CreatedAt <= @at", made, limit)
}

func unpaid(ctx context.Context, r spandb.Reader, tag, condition string, at time.Time, limit int64) ([]string, error) {
	rows, err := spandb.All[struct{ OrderId string }](ctx, r, tag, spanner.Statement{
		SQL: `SELECT OrderId FROM Orders@{FORCE_INDEX=OrdersByHold}
			WHERE HoldShard IS NOT NULL AND HoldShard BETWEEN 0 AND 15 AND ` + condition + ` LIMIT @limit`,
		Params: map[string]any{"at": at, "limit": limit},
	})
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.OrderId)
	}
	return ids, err
}

// Write returns the mutation that stores the order.
func (o *Order) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Orders", o)
}
