package main

import (
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

// levels are what was told of a SKU so far, oldest first.
func (s *shop) levels(sku string) []orderv1.StockLevel {
	var told []orderv1.StockLevel
	for _, e := range s.w.Events() {
		var m orderv1.StockEvent
		if e.Topic != "stock" {
			continue
		}
		e.Decode(s.t, &m)
		if m.GetSku() == sku {
			told = append(told, m.GetLevel())
		}
	}
	return told
}

func (s *shop) wantLevels(sku string, want ...orderv1.StockLevel) {
	s.t.Helper()
	testenv.Eventually(s.t, func() error {
		got := s.levels(sku)
		if len(got) != len(want) {
			return differ("levels told", len(got), len(want))
		}
		return differ("last level", got[len(got)-1], want[len(want)-1])
	})
}

func TestLevelsAreToldAtMostEveryThirtySeconds(t *testing.T) {
	t.Parallel()
	s := open(t)
	sku := id.New("sku")
	s.own(sku, "m_1")
	const in, low, out = orderv1.StockLevel_STOCK_LEVEL_IN_STOCK, orderv1.StockLevel_STOCK_LEVEL_LOW, orderv1.StockLevel_STOCK_LEVEL_SOLD_OUT
	s.stock(sku, 11)
	s.wantLevels(sku, in)
	s.stock(sku, 10)
	s.stock(sku, 0)
	s.tick()
	s.wantLevels(sku, in) // too early for another one
	s.w.Advance(31 * time.Second)
	s.tick()
	s.wantLevels(sku, in, out) // the last one follows, the one between is never told
	s.tick()
	s.stock(sku, 5)
	s.stock(sku, 0)
	s.w.Advance(31 * time.Second)
	s.tick()
	s.wantLevels(sku, in, out) // it came back to what was told
	s.stock(sku, 1)
	s.wantLevels(sku, in, out, low)
	s.verify()
}
