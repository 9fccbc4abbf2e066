package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// AdjustStock changes a SKU's count by a difference, numbered in the same feed as SetStock's counts.
func (s *server) AdjustStock(ctx context.Context, req *orderv1.AdjustStockRequest) (*orderv1.AdjustStockResponse, error) {
	who := caller.From(ctx)
	merchant, err := merchantOf(who, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	if err := s.mayCount(ctx, merchant, req.GetSku()); err != nil {
		return nil, err
	}
	var count *stock.Stock
	err = s.update(ctx, "adjust_stock", needs{stocks: []string{req.GetSku()}}, func(w *work) (err error) {
		if count, err = w.stockOf(req.GetSku(), merchant); err != nil {
			return err
		}
		return count.Adjust(req.GetDelta(), req.GetSequence(), who.Actor(), req.GetReason(), w.now)
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.AdjustStockResponse{Stock: stockMessage(count)}, nil
}
