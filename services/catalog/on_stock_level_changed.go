package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/issho-shop/issho/internal/firedb"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/level"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

var errStockEvent = errors.New("a stock event without its SKU, version or level")

// onStockLevelChanged keeps the newest level of a SKU and tells the feed. A SKU that catalog does not know is waited for.
func (s *catalogServer) onStockLevelChanged(ctx context.Context, _ inbox.Event, m *orderv1.StockEvent) error {
	if m.GetSku() == "" || m.GetVersion() < 1 || m.GetLevel() == orderv1.StockLevel_STOCK_LEVEL_UNSPECIFIED {
		return inbox.Refuse(errStockEvent)
	}
	old, err := level.BySKU(ctx, s.db, m.GetSku())
	if err != nil {
		return err
	}
	l := level.Level{
		SKU: m.GetSku(), ProductID: old.ProductID, Version: m.GetVersion(), At: m.GetOccurTime().AsTime(),
		Level: strings.TrimPrefix(m.GetLevel().String(), "STOCK_LEVEL_"),
	}
	if !l.Newer(old) {
		return nil
	}
	if l.ProductID == "" {
		if l.ProductID, err = s.productOfSKU(ctx, l.SKU); err != nil {
			return err
		}
	}
	return firedb.Change(ctx, s.db, l.Put(s.db, old), change.Of(l.ProductID, "stock/"+l.SKU, l.Version).Write(s.db))
}

func (s *catalogServer) productOfSKU(ctx context.Context, sku string) (string, error) {
	made, _, err := product.Made(ctx, s.db, []string{sku})
	if err != nil {
		return "", err
	}
	if len(made) == 0 {
		return "", fmt.Errorf("no product has %s", sku)
	}
	return made[0].ProductID, nil
}
