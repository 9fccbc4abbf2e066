package main

import (
	"context"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// SetStock sets a SKU's count, numbered per SKU, so that a feed may come late and twice. A SKU that has no count yet is
// looked up in the catalog first: NOT_FOUND when it is another merchant's there, or nobody's.
func (s *server) SetStock(ctx context.Context, req *orderv1.SetStockRequest) (*orderv1.SetStockResponse, error) {
	who := caller.From(ctx)
	merchant, err := merchantOf(who, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	if err := s.mayCount(ctx, merchant, req.GetSku()); err != nil {
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

// mayCount refuses a merchant a SKU that is not theirs: NOT_FOUND.
func (s *server) mayCount(ctx context.Context, merchant, sku string) error {
	foreign, err := s.foreign(ctx, merchant, sku)
	if err == nil && foreign[sku] {
		err = fault.New(fault.NotFound)
	}
	return err
}

// foreign answers those of the SKUs that have no count yet and are not the merchant's: a SKU is counted first by whom the
// catalog names, and never changes hands, so that a count that is there already says whose it is.
func (s *server) foreign(ctx context.Context, merchant string, skus ...string) (map[string]bool, error) {
	counted, err := stock.Read(ctx, s.db.Single(), skus)
	if err != nil {
		return nil, err
	}
	foreign := map[string]bool{}
	ask := &catalogv1.GetOwnersRequest{}
	for _, sku := range skus {
		if counted[sku] == nil && !foreign[sku] {
			foreign[sku] = true
			ask.Skus = append(ask.Skus, sku)
		}
	}
	if len(ask.GetSkus()) == 0 {
		return foreign, nil
	}
	res, err := s.catalog.GetOwners(ctx, ask)
	if err != nil {
		return nil, fault.FromRPC(err, "catalog")
	}
	for _, owner := range res.GetOwners() {
		if owner.GetMerchantId() == merchant {
			delete(foreign, owner.GetSku())
		}
	}
	return foreign, nil
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
