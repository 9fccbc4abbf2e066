// Package shortage is what is known of units that are counted and not there: how many, and which orders lose them, those
// that came last first. A shortage is open until its units are taken off the count.
package shortage

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Shortage is one row of Shortages.
type Shortage struct {
	ShortageID string            `spanner:"ShortageId"`
	SKU        string            `spanner:"Sku"`
	Missing    int64             `spanner:"Missing"`
	Reason     string            `spanner:"Reason"`
	Actor      string            `spanner:"Actor"`
	OpenShard  spanner.NullInt64 `spanner:"OpenShard"`
	CreatedAt  time.Time         `spanner:"CreatedAt"`
}

// Open returns a shortage that has just been reported.
func Open(id, sku string, missing int64, reason, actor string, now time.Time) *Shortage {
	return &Shortage{
		ShortageID: id, SKU: sku, Missing: missing, Reason: reason, Actor: actor, CreatedAt: now,
		OpenShard: spanner.NullInt64{Int64: int64(id[len(id)-1]) % 16, Valid: true},
	}
}

// Close marks that the units are off the count.
func (s *Shortage) Close() { s.OpenShard = spanner.NullInt64{} }

// Read answers a shortage, and whether there is one.
func Read(ctx context.Context, r spandb.Reader, id string) (*Shortage, bool, error) {
	s, ok, err := spandb.Get[Shortage](ctx, r, "Shortages", spanner.Key{id})
	return &s, ok, err
}

// Unfinished answers up to limit open shortages.
func Unfinished(ctx context.Context, r spandb.Reader, limit int64) ([]string, error) {
	rows, err := spandb.All[struct{ ShortageId string }](ctx, r, "open_shortages", spanner.Statement{
		SQL: `SELECT ShortageId FROM Shortages@{FORCE_INDEX=ShortagesOpen}
			WHERE OpenShard IS NOT NULL AND OpenShard BETWEEN 0 AND 15 LIMIT @limit`,
		Params: map[string]any{"limit": limit},
	})
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ShortageId)
	}
	return ids, err
}

// Victims answers up to limit orders that have units of a SKU and are not shipped: those of the newest groups first, among
// them those bought alone by their own age.
func Victims(ctx context.Context, r spandb.Reader, sku string, limit int64) ([]string, error) {
	rows, err := spandb.All[struct{ OrderId string }](ctx, r, "shortage_victims", spanner.Statement{
		SQL: `SELECT r.OrderId FROM Reservations@{FORCE_INDEX=ReservationsBySku} AS r JOIN Orders AS o ON o.OrderId = r.OrderId
			LEFT JOIN BuyerGroups AS g ON g.GroupId = o.GroupId
			WHERE r.Sku = @sku AND (r.State IN ('HELD', 'CONFIRMED') OR (r.State = 'CONSUMED' AND o.State IN ('CONFIRMED', 'PAID')))
			ORDER BY IFNULL(g.CreatedAt, o.CreatedAt) DESC, o.CreatedAt DESC, r.OrderId LIMIT @limit`,
		Params: map[string]any{"sku": sku, "limit": limit},
	})
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.OrderId)
	}
	return ids, err
}

// Write returns the mutation that stores the shortage.
func (s *Shortage) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Shortages", s)
}
