package main

import (
	"testing"
	"time"

	"buf.build/go/protovalidate"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/id"
)

func TestShop(t *testing.T) {
	s, err := load(shopYAML)
	if err != nil {
		t.Fatal(err)
	}
	keys, prices := map[string]bool{}, map[string]int64{}
	for _, p := range s.products() {
		if keys[p.Key] {
			t.Errorf("%s stands twice", p.Key)
		}
		keys[p.Key] = true
		if p.merchant == "" || (p.Price == 0) == (len(p.Prices) == 0) || (p.Option == "") != (len(p.Prices) == 0) {
			t.Errorf("%s: merchant %q, price %d, option %q, prices %v", p.Key, p.merchant, p.Price, p.Option, p.Prices)
		}
		m := p.message()
		prices[p.Key] = m.GetVariants()[0].GetPrice().GetAmount()
		if err := protovalidate.Validate(m); err != nil {
			t.Errorf("%s: %v", p.Key, err)
		}
	}
	if len(keys) < 200 || len(s.Campaigns) != 20 {
		t.Errorf("%d products and %d campaigns, want 200 and more, and 20", len(keys), len(s.Campaigns))
	}
	offered := map[string]bool{}
	for _, c := range s.Campaigns {
		if offered[c.Product] || !keys[c.Product] {
			t.Errorf("campaign on %s: no such product, or its second", c.Product)
		}
		offered[c.Product] = true
		checkCampaign(t, c, prices[c.Product])
	}
}

// checkCampaign holds that an offer is one, and that catalog takes it.
func checkCampaign(t *testing.T, c campaign, alone int64) {
	t.Helper()
	m := c.message(&catalogv1.Product{ProductId: id.Derive("prd", c.Product), Variants: []*catalogv1.Variant{{Sku: id.Derive("sku", c.Product), Price: yen(alone)}}})
	if err := protovalidate.Validate(m); err != nil {
		t.Errorf("campaign on %s: %v", c.Product, err)
	}
	last := alone
	for i, tier := range m.GetTiers() {
		if tier.GetUnitPrice().GetAmount() >= last || tier.GetSize() > m.GetMaxSize() || (i == 0 && tier.GetSize() != m.GetMinSize()) {
			t.Errorf("campaign on %s: tier %v does not go below %d yen within its sizes", c.Product, tier, last)
		}
		last = tier.GetUnitPrice().GetAmount()
	}
	if !m.GetEndTime().AsTime().After(time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)) || c.Points[0] == 0 || c.Budget == 0 {
		t.Errorf("campaign on %s: ends %v, points %v, budget %d", c.Product, m.GetEndTime().AsTime(), c.Points, c.Budget)
	}
}
