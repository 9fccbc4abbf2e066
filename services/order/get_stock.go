package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// GetStock answers the counts of SKUs in the order asked for: an operator sees all, a merchant its own.
func (s *server) GetStock(ctx context.Context, req *orderv1.GetStockRequest) (*orderv1.GetStockResponse, error) {
	who := caller.From(ctx)
	stocks, err := stock.Read(ctx, s.db.Single(), req.GetSkus())
	if err != nil {
		return nil, err
	}
	res := &orderv1.GetStockResponse{}
	for _, sku := range req.GetSkus() {
		if count := stocks[sku]; count != nil && (who.Operator || count.MerchantID == who.MerchantID) {
			res.Stocks = append(res.Stocks, stockMessage(count))
		}
	}
	return res, nil
}
