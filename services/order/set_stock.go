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
	if err := s.mayCount(ctx, req.GetSku(), merchant); err != nil {
		return nil, err
	}
	var set *stock.Stock
	err = s.update(ctx, "set_stock", needs{stocks: []string{req.GetSku()}}, func(w *work) error {
		set, _ = w.stocks.get(req.GetSku())
		if set == nil {
			set = &stock.Stock{SKU: req.GetSku(), MerchantID: merchant}
			w.stocks.rows[set.SKU] = set
		}
		if set.MerchantID != merchant {
			return fault.New(fault.NotFound)
		}
		return set.Set(req.GetOnHand(), req.GetSequence(), who.Actor(), req.GetReason(), w.now)
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.SetStockResponse{Stock: stockMessage(set)}, nil
}

// mayCount refuses a merchant who would be the first to count a SKU that is not theirs. A SKU never changes hands, so that
// a count that is there already says whose it is.
func (s *server) mayCount(ctx context.Context, sku, merchant string) error {
	counted, err := stock.Read(ctx, s.db.Single(), []string{sku})
	if err != nil || counted[sku] != nil {
		return err
	}
	res, err := s.catalog.GetOwners(ctx, &catalogv1.GetOwnersRequest{Skus: []string{sku}})
	if err != nil {
		return fault.FromRPC(err, "catalog")
	}
	if len(res.GetOwners()) != 1 || res.GetOwners()[0].GetMerchantId() != merchant {
		return fault.New(fault.NotFound)
	}
	return nil
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
