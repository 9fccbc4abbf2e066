package stock

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Read answers the stock of the SKUs given, by SKU; those without stock are left out.
func Read(ctx context.Context, r spandb.Reader, skus []string) (map[string]*Stock, error) {
	keys := make([]spanner.KeySet, 0, len(skus))
	for _, sku := range skus {
		keys = append(keys, spanner.Key{sku})
	}
	rows, err := spandb.Rows[Stock](ctx, r, "Stock", spanner.KeySets(keys...))
	if err != nil {
		return nil, err
	}
	stocks := make(map[string]*Stock, len(rows))
	for i := range rows {
		stocks[rows[i].SKU] = &rows[i]
	}
	return stocks, nil
}

// ClaimKey names an order's claim on a SKU.
type ClaimKey struct{ OrderID, SKU string }

// Claims answers those of the claims given that there are.
func Claims(ctx context.Context, r spandb.Reader, claims []ClaimKey) (map[ClaimKey]*Reservation, error) {
	keys := make([]spanner.KeySet, 0, len(claims))
	for _, c := range claims {
		keys = append(keys, spanner.Key{c.OrderID, c.SKU})
	}
	rows, err := spandb.Rows[Reservation](ctx, r, "Reservations", spanner.KeySets(keys...))
	found := make(map[ClaimKey]*Reservation, len(rows))
	for i := range rows {
		found[rows[i].Key()] = &rows[i]
	}
	return found, err
}

// Write returns the mutations that store the count and its new moves.
func (s *Stock) Write() ([]*spanner.Mutation, error) {
	row, err := spanner.InsertOrUpdateStruct("Stock", s)
	if err != nil {
		return nil, err
	}
	all := []*spanner.Mutation{row}
	for i := range s.moves {
		m, err := spanner.InsertStruct("StockMoves", &s.moves[i])
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// Write returns the mutation that stores the claim.
func (r *Reservation) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Reservations", r)
}

// LevelsDueBy answers up to limit SKUs whose level has to be told by the time given.
func LevelsDueBy(ctx context.Context, r spandb.Reader, now time.Time, limit int64) ([]string, error) {
	rows, err := spandb.All[struct{ Sku string }](ctx, r, "due_levels", spanner.Statement{
		SQL: `SELECT Sku FROM Stock@{FORCE_INDEX=StockByLevelDue}
			WHERE LevelShard IS NOT NULL AND LevelShard BETWEEN 0 AND 15 AND LevelDueAt <= @at LIMIT @limit`,
		Params: map[string]any{"at": now, "limit": limit},
	})
	skus := make([]string, 0, len(rows))
	for _, row := range rows {
		skus = append(skus, row.Sku)
	}
	return skus, err
}
