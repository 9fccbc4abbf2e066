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

// Cart is one version of a customer's cart.
type Cart struct {
	CustomerID string
	Version    int64
}

// OfCarts answers the ids of the living orders that bought the carts given; those not bought are left out.
func OfCarts(ctx context.Context, r spandb.Reader, carts []Cart) (map[Cart]*string, error) {
	keys := make([]spanner.KeySet, 0, len(carts))
	byKey := make(map[string]Cart, len(carts))
	for _, c := range carts {
		key := cartKey(c.CustomerID, c.Version)
		byKey[key] = c
		keys = append(keys, spanner.Key{key})
	}
	rows, err := spandb.Index[struct{ OrderId, CartKey string }](ctx, r, "Orders", "OrdersByCart", spanner.KeySets(keys...), 0)
	bought := make(map[Cart]*string, len(rows))
	for _, row := range rows {
		bought[byKey[row.CartKey]] = &row.OrderId
	}
	return bought, err
}

// Buyer is a customer of a campaign.
type Buyer struct{ CustomerID, CampaignID string }

// History is what a buyer has done, for the limits of the campaign.
type History struct {
	Units    int64 // in orders that are not cancelled
	Timeouts int64 // orders whose payment did not come in time
}

// Histories answers what the buyers given have done.
func Histories(ctx context.Context, r spandb.Reader, buyers []Buyer) (map[Buyer]*History, error) {
	keys := make([]spanner.KeySet, 0, len(buyers))
	for _, b := range buyers {
		keys = append(keys, spanner.Key{b.CustomerID, b.CampaignID}.AsPrefix())
	}
	type past struct {
		CustomerID   string `spanner:"CustomerId"`
		CampaignID   string `spanner:"CampaignId"`
		State        State  `spanner:"State"`
		CancelReason Reason `spanner:"CancelReason"`
		Units        int64  `spanner:"Units"`
	}
	rows, err := spandb.Index[past](ctx, r, "Orders", "OrdersByCampaign", spanner.KeySets(keys...), 0)
	all := make(map[Buyer]*History, len(buyers))
	for _, b := range buyers {
		all[b] = &History{}
	}
	for _, row := range rows {
		h := all[Buyer{row.CustomerID, row.CampaignID}]
		if row.State != Cancelled {
			h.Units += row.Units
		}
		if row.CancelReason == PaymentTimeout {
			h.Timeouts++
		}
	}
	return all, err
}

// Cursor is a place in a customer's orders, newest first.
type Cursor struct {
	CreatedAt time.Time
	OrderID   string
}

// Cursor is that of the page which ends with o.
func (o *Order) Cursor() Cursor { return Cursor{o.CreatedAt, o.OrderID} }

// List answers up to limit orders of a customer that are older than the cursor, newest first. A zero cursor is the start.
func List(ctx context.Context, r spandb.Reader, customer string, before Cursor, limit int) ([]*Order, error) {
	from := spanner.KeyRange{Start: spanner.Key{customer}, End: spanner.Key{customer}, Kind: spanner.ClosedClosed}
	if before.OrderID != "" {
		from.Start, from.Kind = spanner.Key{customer, before.CreatedAt, before.OrderID}, spanner.OpenClosed
	}
	keys, err := spandb.Index[struct{ OrderId string }](ctx, r, "Orders", "OrdersByCustomer", from, limit)
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
func HoldsEndedBy(ctx context.Context, r spandb.Reader, now time.Time, limit int) ([]string, error) {
	ended, err := unpaid(ctx, r, func(shard int64) spanner.KeyRange {
		return spanner.KeyRange{Start: spanner.Key{shard}, End: spanner.Key{shard, now}, Kind: spanner.ClosedClosed}
	}, limit)
	ids := make([]string, 0, len(ended))
	for _, u := range ended {
		ids = append(ids, u.OrderID)
	}
	return ids, err
}

// Unpaid is an order that waits for its payment.
type Unpaid struct {
	OrderID   string    `spanner:"OrderId"`
	CreatedAt time.Time `spanner:"CreatedAt"`
}

// UnpaidAt answers up to limit unpaid orders whose hold lasts beyond the time given, in each shard those first whose hold
// ends first.
func UnpaidAt(ctx context.Context, r spandb.Reader, now time.Time, limit int) ([]Unpaid, error) {
	return unpaid(ctx, r, func(shard int64) spanner.KeyRange {
		return spanner.KeyRange{Start: spanner.Key{shard, now}, End: spanner.Key{shard}, Kind: spanner.OpenClosed}
	}, limit)
}

func unpaid(ctx context.Context, r spandb.Reader, between func(shard int64) spanner.KeyRange, limit int) ([]Unpaid, error) {
	return spandb.Sharded[Unpaid](ctx, r, "Orders", "OrdersByHoldEnd", between, limit)
}

// Write returns the mutation that stores the order. A new one never takes the place of another.
func (o *Order) Write() (*spanner.Mutation, error) {
	if o.fresh {
		return spanner.InsertStruct("Orders", o)
	}
	return spanner.InsertOrUpdateStruct("Orders", o)
}

// CompleteBy answers up to limit delivered orders that complete by the time given.
func CompleteBy(ctx context.Context, r spandb.Reader, now time.Time, limit int64) ([]string, error) {
	rows, err := spandb.All[struct{ OrderId string }](ctx, r, "complete_orders", spanner.Statement{
		SQL: `SELECT OrderId FROM Orders@{FORCE_INDEX=OrdersByCompletion}
			WHERE CompleteShard IS NOT NULL AND CompleteShard BETWEEN 0 AND 15 AND CompleteAt <= @at LIMIT @limit`,
		Params: map[string]any{"at": now, "limit": limit},
	})
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.OrderId)
	}
	return ids, err
}
