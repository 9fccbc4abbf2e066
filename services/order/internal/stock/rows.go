package stock

import (
	"context"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Read answers the stock of the SKUs given, by SKU; those without stock are left out.
func Read(ctx context.Context, r spandb.Reader, skus ...string) (map[string]*Stock, error) {
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

// Reservations answers all claims of the orders given.
func Reservations(ctx context.Context, r spandb.Reader, orders ...string) ([]*Reservation, error) {
	keys := make([]spanner.KeySet, 0, len(orders))
	for _, o := range orders {
		keys = append(keys, spanner.Key{o}.AsPrefix())
	}
	rows, err := spandb.Rows[Reservation](ctx, r, "Reservations", spanner.KeySets(keys...))
	claims := make([]*Reservation, 0, len(rows))
	for i := range rows {
		claims = append(claims, &rows[i])
	}
	return claims, err
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
