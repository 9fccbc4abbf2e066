package shop

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// levels: what catalog shows of stock is what order told last, in the same version, both ways.
func (s *Shop) levels(ctx context.Context) ([]*typev1.Finding, error) {
	f := finding("I15 catalog shows the levels of order")
	stock, err := every[struct {
		SKU     string `spanner:"Sku"`
		Level   string `spanner:"Level"`
		Version int64  `spanner:"LevelVersion"`
	}](ctx, s.orders, "Stock")
	if err != nil {
		return nil, err
	}
	type level struct {
		Level   string `firestore:"level"`
		Version int64  `firestore:"version"`
	}
	shown := map[string]level{}
	err = firedb.Each(s.shelves.Collection("levels").Documents(ctx), func(ref *firestore.DocumentRef, l level) error {
		shown[ref.ID] = l
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, told := range stock {
		got := shown[told.SKU]
		f.hold(got == level{told.Level, told.Version}, "%s is %s@%d in order, %s@%d in catalog", told.SKU, told.Level, told.Version, got.Level, got.Version)
		delete(shown, told.SKU)
	}
	for sku := range shown {
		f.hold(false, "%s has a level in catalog, and no stock in order", sku)
	}
	return []*typev1.Finding{f.Finding}, nil
}
