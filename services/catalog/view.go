package main

import (
	"context"
	"slices"
	"time"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/heat"
	"github.com/issho-shop/issho/services/catalog/internal/level"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// views reads what there is to show of the live products among those asked for: campaigns are those that are live and not
// over, some not begun; no change that was committed before the read version, by the database, is missing. Products come
// first: what is read after them can only be newer, so the moment of the first read holds for all.
func (s *catalogServer) views(ctx context.Context, ids []string) (map[string]*catalogv1.ProductView, error) {
	products, at, err := product.ByIDs(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	var skus, live []string
	for _, p := range products {
		if p.State == product.Live {
			live, skus = append(live, p.ID), append(skus, p.SKUs()...)
		}
	}
	campaigns, err := campaign.ByProducts(ctx, s.db, live, s.now())
	if err != nil {
		return nil, err
	}
	levels, err := level.BySKUs(ctx, s.db, skus)
	if err != nil {
		return nil, err
	}
	heats, err := s.heats(ctx, campaigns)
	if err != nil {
		return nil, err
	}
	out := map[string]*catalogv1.ProductView{}
	for _, id := range live {
		out[id] = &catalogv1.ProductView{
			Product: s.fromProduct(products[id]), Campaigns: fromCampaigns(campaigns[id]),
			StockLevels: fromLevels(known(products[id].SKUs(), levels)), Heats: fromHeats(known(campaign.IDs(campaigns[id]), heats)),
			ReadVersion: at.UnixMicro(),
		}
	}
	return out, nil
}

func (s *catalogServer) heats(ctx context.Context, campaigns map[string][]campaign.Campaign) (map[string]heat.Heat, error) {
	var ids []string
	for _, of := range campaigns {
		ids = append(ids, campaign.IDs(of)...)
	}
	return heat.ByCampaigns(ctx, s.db, ids)
}

// known answers what is known under the names, in their order.
func known[T any](names []string, all map[string]T) []T {
	var out []T
	for _, name := range names {
		if found, ok := all[name]; ok {
			out = append(out, found)
		}
	}
	return out
}

// pageOf makes of a view the page that customers see at a time, and says until when it is that by the clock; zero for ever.
// The page takes the view's parts.
func pageOf(v *catalogv1.ProductView, at time.Time) (*catalogv1.GetProductResponse, time.Time) {
	res := &catalogv1.GetProductResponse{StockLevels: v.GetStockLevels(), Heats: v.GetHeats()}
	var until time.Time
	changes := func(edge time.Time) {
		if edge.After(at) && (until.IsZero() || edge.Before(until)) {
			until = edge
		}
	}
	for _, variant := range v.GetProduct().GetVariants() {
		changes(product.NextChange(windowsOf(variant.GetPriceWindows()), at))
	}
	for _, c := range v.GetCampaigns() {
		if campaignOf(c).LiveAt(at) {
			res.Campaigns = append(res.Campaigns, c)
		}
		changes(c.GetStartTime().AsTime())
		changes(c.GetEndTime().AsTime())
	}
	res.Product = shown(v.GetProduct(), at)
	return res, until
}

// shown makes of a product what customers see at a time: of its prices only what holds.
func shown(m *catalogv1.Product, at time.Time) *catalogv1.Product {
	for _, v := range m.GetVariants() {
		windows := windowsOf(v.GetPriceWindows())
		v.CurrentPrice = fromMoney(product.PriceAt(moneyOf(v.GetPrice()), windows, at))
		v.PriceWindows = fromWindows(slices.DeleteFunc(windows, func(w product.Window) bool { return !w.Holds(at) }))
	}
	return m
}
