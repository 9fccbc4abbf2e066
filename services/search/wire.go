package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/search/internal/index"
)

// documentOf is all that is derived from what catalog shows.
func documentOf(v *catalogv1.ProductView) index.Document {
	p := v.GetProduct()
	d := index.Document{
		ID: p.GetProductId(), MerchantID: p.GetMerchantId(), JA: p.GetTitle().GetJa(), EN: p.GetTitle().GetEn(),
		BodyJA: bodyOf(p), BodyEN: p.GetDescription().GetEn(), CategoryIDs: p.GetCategoryIds(), InStock: inStock(v),
		Updated: p.GetUpdateTime().AsTime().UnixMicro(), Version: p.GetVersion(), Read: v.GetReadVersion(),
	}
	for _, variant := range p.GetVariants() {
		d.Solo = append(d.Solo, soloOf(variant))
	}
	for _, c := range v.GetCampaigns() {
		d.Offers = append(d.Offers, offerOf(c, v.GetHeats()))
	}
	return d
}

// soloOf keeps the prices to come as well: they begin and end without catalog's saying so again.
func soloOf(v *catalogv1.Variant) index.Solo {
	s := index.Solo{Price: v.GetPrice().GetAmount()}
	for _, w := range v.GetPriceWindows() {
		s.Spans = append(s.Spans, index.Span{
			Price: w.GetPrice().GetAmount(), Begin: w.GetStartTime().GetSeconds(), End: w.GetEndTime().GetSeconds(), Deal: w.GetDealId() != "",
		})
	}
	return s
}

// bodyOf is what a product is found by beside its title: description, attributes, options, in an order that is always the
// same.
func bodyOf(p *catalogv1.Product) string {
	lines := []string{p.GetDescription().GetJa()}
	for _, name := range slices.Sorted(maps.Keys(p.GetAttributes())) {
		lines = append(lines, p.GetAttributes()[name])
	}
	for _, variant := range p.GetVariants() {
		for _, name := range slices.Sorted(maps.Keys(variant.GetOptions())) {
			lines = append(lines, variant.GetOptions()[name])
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// inStock tells whether any variant may be had: what is not known to be sold out may.
func inStock(v *catalogv1.ProductView) bool {
	out := map[string]bool{}
	for _, l := range v.GetStockLevels() {
		out[l.GetSku()] = l.GetLevel() == catalogv1.Level_LEVEL_SOLD_OUT
	}
	return slices.ContainsFunc(v.GetProduct().GetVariants(), func(variant *catalogv1.Variant) bool { return !out[variant.GetSku()] })
}

func offerOf(c *catalogv1.Campaign, heats []*catalogv1.Heat) index.Offer {
	o := index.Offer{CampaignID: c.GetCampaignId(), Begin: c.GetStartTime().GetSeconds(), End: c.GetEndTime().GetSeconds()}
	for i, t := range c.GetTiers() {
		if price := t.GetUnitPrice().GetAmount(); i == 0 || price < o.Price {
			o.Price = price
		}
	}
	for _, h := range heats {
		if h.GetCampaignId() == o.CampaignID {
			o.OpenGroups, o.Members = h.GetOpenGroups(), h.GetMembers()
		}
	}
	return o
}

func fromDocument(d index.Document, now time.Time, asked index.Asked) *searchv1.Hit {
	p := d.At(now)
	hit := &searchv1.Hit{
		ProductId: d.ID, MerchantId: d.MerchantID, Title: &typev1.LocalisedText{Ja: d.JA, En: d.EN}, CategoryIds: d.CategoryIDs,
		Price: yen(p.Price), InStock: d.InStock, GroupOpen: p.Open, OpenGroups: p.OpenGroups, Version: d.Version,
	}
	if p.Open {
		hit.GroupPrice, hit.CampaignId = yen(p.GroupPrice), p.CampaignID
	}
	for _, title := range []struct{ language, text string }{{"ja", d.JA}, {"en", d.EN}} {
		for _, m := range asked.Marks(title.text) {
			hit.Highlights = append(hit.Highlights, &searchv1.Highlight{Language: title.language, Begin: int32(m.Begin), End: int32(m.End)})
		}
	}
	return hit
}

func fromFacets(f index.Facets) *searchv1.Facets {
	m := &searchv1.Facets{Categories: fromCounts(f.Categories), Merchants: fromCounts(f.Merchants), InStock: f.InStock, GroupOpen: f.Open}
	for _, b := range f.Prices {
		m.PriceBands = append(m.PriceBands, &searchv1.PriceBand{MinPrice: b.Min, MaxPrice: b.Max, Count: b.N})
	}
	return m
}

func fromCounts(all []index.Count) []*searchv1.Count {
	var out []*searchv1.Count
	for _, c := range all {
		out = append(out, &searchv1.Count{Id: c.ID, Count: c.N})
	}
	return out
}

func yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }
