package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// SetStock sets a SKU's count, numbered per SKU, so that a feed may come late and twice. The first one to set it owns it.
func (s *server) SetStock(ctx context.Context, req *orderv1.SetStockRequest) (*orderv1.SetStockResponse, error) {
	who := caller.From(ctx)
	merchant, err := merchantOf(who, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	var set *stock.Stock
	err = s.update(ctx, "set_stock", needs{stocks: []string{req.GetSku()}}, func(w *work) error {
		if set, err = w.stockOf(req.GetSku(), merchant); err != nil {
			return err
		}
		return set.Set(req.GetOnHand(), req.GetSequence(), who.Actor(), req.GetReason(), w.now)
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.SetStockResponse{Stock: stockMessage(set)}, nil
}

// stockOf answers a merchant's count of a SKU, a new one of a SKU that has none. NOT_FOUND when it is another's.
func (w *work) stockOf(sku, merchant string) (*stock.Stock, error) {
	if err := w.load(needs{stocks: []string{sku}}); err != nil {
		return nil, err
	}
	count, _ := w.stocks.get(sku)
	if count == nil {
		count = &stock.Stock{SKU: sku, MerchantID: merchant}
		w.stocks.rows[sku] = count
	}
	if count.MerchantID != merchant {
		return nil, fault.New(fault.NotFound)
	}
	return count, nil
}

// merchantOf is whose stock a caller means: a merchant's own, or the one that an operator names.
func merchantOf(who caller.Caller, named string) (string, error) {
	switch {
	case who.Operator && named != "":
		return named, nil
	case who.MerchantID != "" && (named == "" || named == who.MerchantID):
		return who.MerchantID, nil
	case who.MerchantID != "":
		return "", fault.New(fault.NotFound)
	}
	return "", fault.Field("merchant_id", "name the merchant whose stock it is")
}
