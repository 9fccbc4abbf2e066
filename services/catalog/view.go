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

// view is a product with all that is shown beside it, as stored.
type view struct {
	product   product.Product
	campaigns []campaign.Campaign // live and not over, some not begun
	levels    []level.Level
	heats     []heat.Heat
	readAt    time.Time // by the database: no change that was committed before it is missing
}

// views reads what there is to show of the live products among those asked for. Products come first: what is read after
// them can only be newer, so the moment of the first read holds for all.
func (s *catalogServer) views(ctx context.Context, ids []string) (map[string]view, error) {
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
	out := map[string]view{}
	for _, id := range live {
		v := view{product: products[id], campaigns: campaigns[id], readAt: at}
		v.levels = known(products[id].SKUs(), levels)
		v.heats = known(campaign.IDs(campaigns[id]), heats)
		out[id] = v
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
	return slices.Clip(out)
}

// shown is the page that customers see at a time, and until when it is that by the clock; zero for ever.
func (v view) shown(at time.Time, url func(mediaID string) string) (*catalogv1.GetProductResponse, time.Time) {
	res := &catalogv1.GetProductResponse{
		Product: fromProduct(v.product.ShownAt(at), at, url), StockLevels: fromLevels(v.levels), Heats: fromHeats(v.heats),
	}
	until := v.product.NextChange(at)
	for _, c := range v.campaigns {
		if c.LiveAt(at) {
			res.Campaigns = append(res.Campaigns, fromCampaign(c))
		}
		for _, edge := range []time.Time{c.StartTime, c.EndTime} {
			if edge.After(at) && (until.IsZero() || edge.Before(until)) {
				until = edge
			}
		}
	}
	return res, until
}
