package main

import (
	"net/http"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func (s *shop) levelEvent(sku string, version int64, l orderv1.StockLevel) testenv.Event {
	return testenv.NewEvent(s.t, "stock", "stock.level_changed", "stock/"+sku, version,
		&orderv1.StockEvent{Sku: sku, Version: version, Level: l, MerchantId: "m_minori", OccurTime: timestamppb.New(s.Clock().Now())})
}

func TestStockLevelChanged(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	sku := p.GetVariants()[0].GetSku()
	for _, step := range []struct {
		version int64
		level   orderv1.StockLevel
		want    string
	}{
		{1, orderv1.StockLevel_STOCK_LEVEL_IN_STOCK, "IN_STOCK"},
		{4, orderv1.StockLevel_STOCK_LEVEL_SOLD_OUT, "SOLD_OUT"},
		{3, orderv1.StockLevel_STOCK_LEVEL_LOW, "SOLD_OUT"}, // late
		{5, orderv1.StockLevel_STOCK_LEVEL_LOW, "LOW"},
	} {
		s.level(sku, step.version, step.level)
		if d := s.doc("levels/" + sku); d["level"] != step.want || d["product_id"] != p.GetProductId() {
			t.Errorf("after version %d: %v, want %s", step.version, d, step.want)
		}
	}
	if c := s.doc("changes/" + p.GetProductId()); c["cause"] != "stock/"+sku+"@5" {
		t.Errorf("the feed says %v", c)
	}
	s.verified()
}

func TestStockEventRefused(t *testing.T) {
	s := open(t)
	if code := s.Deliver(s.base, s.levelEvent("", 1, orderv1.StockLevel_STOCK_LEVEL_LOW)); code != http.StatusNoContent {
		t.Errorf("HTTP %d, want it dead-lettered", code)
	}
	s.WaitEvent("stock.level_changed")
	if code := s.Deliver(s.base, s.levelEvent("sku_unheard", 1, orderv1.StockLevel_STOCK_LEVEL_LOW)); code != http.StatusServiceUnavailable {
		t.Errorf("a SKU unheard of: HTTP %d, want another try", code)
	}
	if s.count("levels") != 0 {
		t.Error("a refused event left something behind")
	}
}
