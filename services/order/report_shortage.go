package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/order/internal/shortage"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// ReportShortage takes missing units out of sale at once, and then off the orders that came last. When the caller does not
// wait, the sweep goes on.
func (s *server) ReportShortage(ctx context.Context, req *orderv1.ReportShortageRequest) (*orderv1.ReportShortageResponse, error) {
	who := caller.From(ctx)
	r, err := requestOf(who, "ReportShortage", req)
	if err != nil {
		return nil, err
	}
	shortageID := id.Derive("sho", r.CallerID, r.Method, r.RequestID)
	err = s.once(because(ctx, req.GetReason()), r, shortageID, "report_shortage", needs{stocks: []string{req.GetSku()}}, func(w *work) error {
		count, _ := w.stocks.get(req.GetSku())
		if merchant := merchantIn(who); count == nil || merchant != "" && count.MerchantID != merchant {
			return fault.New(fault.NotFound)
		}
		count.Miss(req.GetMissing(), w.now)
		return w.add(shortage.Open(shortageID, count.SKU, req.GetMissing(), req.GetReason(), who.Actor(), w.now).Write())
	})
	if err != nil {
		return nil, err
	}
	if err := s.makeGood(ctx, shortageID); err != nil {
		return nil, err
	}
	return s.shortageNow(ctx, shortageID)
}

func (s *server) shortageNow(ctx context.Context, shortageID string) (*orderv1.ReportShortageResponse, error) {
	short, _, err := shortage.Read(ctx, s.db.Single(), shortageID)
	if err != nil {
		return nil, err
	}
	counts, err := stock.Read(ctx, s.db.Single(), []string{short.SKU})
	if err != nil {
		return nil, err
	}
	return &orderv1.ReportShortageResponse{Done: !short.OpenShard.Valid, Stock: stockMessage(counts[short.SKU])}, nil
}
