package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

// BenchmarkStaleness changes a price by one instance and asks two, until both show it; p50-ms and p95-ms are how long after
// the write's answer the slower one showed it, while other customers read.
//
//	scripts/check test ./services/catalog -run '^$' -bench Staleness -benchtime 30x
func BenchmarkStaleness(b *testing.B) {
	s := opened(b)
	other := testenv.Serve(s.World, run)
	p := s.sell("r1")
	id := p.GetProductId()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, base := range []string{s.base, other} {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
					s.page(base, id)
				}
			}
		})
	}
	var took []time.Duration
	price := int64(1000)
	for b.Loop() {
		price++
		p.Variants[0].Price = yen(price)
		var err error
		if p, err = s.update(minori, p); err != nil {
			b.Fatal(err)
		}
		written := time.Now()
		for _, base := range []string{s.base, other} {
			testenv.Eventually(b, func() error {
				res, _, err := s.page(base, p.GetProductId())
				if err == nil && res.GetProduct().GetVariants()[0].GetPrice().GetAmount() != price {
					err = fmt.Errorf("still %v", res.GetProduct().GetVariants()[0].GetPrice())
				}
				return err
			})
		}
		took = append(took, time.Since(written))
	}
	close(done)
	readers.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Milliseconds()), "p95-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkHitRatio asks for pages as customers do, the kth most popular of 100,000 products 1/k as often, while one
// operation in 20 changes a product that is as popular. What changed leaves once a second, as the feed tells it, at the rate
// that the shop is held to. hit-percent is that of a process that has run for a while.
//
//	scripts/check test ./services/catalog -run '^$' -bench HitRatio -benchtime 10x
func BenchmarkHitRatio(b *testing.B) {
	const products, perLook, warm, round = 100_000, 2625 * 20 / 19, 1_000_000, 100_000
	var reads, misses, operations int
	c, err := newPageCache(nil, 128<<20*(sentShare-1)/sentShare, func(_ context.Context, ids []string) (map[string]*catalogv1.ProductView, error) {
		misses++
		return map[string]*catalogv1.ProductView{ids[0]: typical(ids[0])}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	c.looked.Store(time.Now().Add(time.Hour).UnixNano()) // no look of its own: there is no feed
	popular, dice := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.0000001, 1, products-1), rand.New(rand.NewPCG(3, 4))
	written := map[string]bool{}
	operate := func(n int) {
		for range n {
			id := fmt.Sprintf("prd_%026d", popular.Uint64())
			if dice.IntN(20) == 0 {
				written[id] = true
			} else if _, err := c.get(b.Context(), id); err != nil {
				b.Fatal(err)
			} else {
				reads++
			}
			if operations++; operations%perLook == 0 {
				for id := range written {
					c.pages.Invalidate(id)
				}
				clear(written)
			}
		}
	}
	operate(warm)
	reads, misses = 0, 0
	for b.Loop() {
		operate(round)
	}
	b.ReportMetric(float64(c.pages.EstimatedSize()), "pages")
	b.ReportMetric(100*float64(reads-misses)/float64(reads), "hit-percent")
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
	runtime.KeepAlive(c)
	b.ReportMetric(0, "ns/op")
}

// typical is a product in two variants with a campaign and two pictures, and a text of a few sentences.
func typical(id string) *catalogv1.ProductView {
	now := timestamppb.Now()
	v := &catalogv1.ProductView{ReadVersion: now.AsTime().UnixMicro(), Product: &catalogv1.Product{
		ProductId: id, MerchantId: "m_minori", State: catalogv1.State_STATE_LIVE, Version: 1, Etag: `"1"`, UpdateTime: now,
		Title: &typev1.LocalisedText{Ja: "魚沼産コシヒカリ", En: "Uonuma rice"}, Description: &typev1.LocalisedText{Ja: strings.Repeat("有機栽培の新米です。", 10)},
		CategoryIds: []string{"rice", "food"}, Attributes: map[string]string{"産地": "新潟県"},
	}}
	for i, size := range []string{"2kg", "5kg"} {
		sku, picture := "sku_"+id[4:28]+size[:2], fmt.Sprintf("med_%s%d", id[4:28], i)
		v.Product.Media = append(v.Product.Media, &catalogv1.Media{
			MediaId: picture, Url: "https://storage.googleapis.com/shop-media/" + picture, ContentType: "image/webp", Alt: &typev1.LocalisedText{Ja: "米袋"},
		})
		v.Product.Variants = append(v.Product.Variants, &catalogv1.Variant{
			Sku: sku, Options: map[string]string{"内容量": size}, Price: yen(2180), CurrentPrice: yen(2180), TaxPercent: 8,
		})
		v.StockLevels = append(v.StockLevels, &catalogv1.StockLevel{Sku: sku, Level: catalogv1.Level_LEVEL_IN_STOCK, Version: 1})
	}
	v.Campaigns = []*catalogv1.Campaign{{
		CampaignId: "cmp_" + id[4:], ProductId: id, MerchantId: "m_minori", State: catalogv1.State_STATE_LIVE, MinSize: 2, MaxSize: 5,
		Skus: []string{v.Product.Variants[0].Sku, v.Product.Variants[1].Sku}, Tiers: []*catalogv1.Tier{{Size: 2, UnitPrice: yen(1980)}},
		StartTime: now, EndTime: timestamppb.New(now.AsTime().Add(time.Hour)), Version: 1, Etag: `"1"`, UpdateTime: now,
	}}
	v.Heats = []*catalogv1.Heat{{CampaignId: v.Campaigns[0].CampaignId, OpenGroups: 3, Members: 5}}
	return v
}

// BenchmarkPage compares a page from the cache with one read from the store, in one run: hit-ns and miss-ns.
func BenchmarkPage(b *testing.B) {
	s := opened(b)
	p := s.sell("r1")
	var hit, miss time.Duration
	n := 0
	for b.Loop() {
		begun := time.Now()
		if _, _, err := s.page(s.base, p.GetProductId()); err != nil {
			b.Fatal(err)
		}
		hit += time.Since(begun)
		begun = time.Now()
		if _, err := s.internal("ops").GetProductViews(s.ctx, &catalogv1.GetProductViewsRequest{ProductIds: []string{p.GetProductId()}}); err != nil {
			b.Fatal(err)
		}
		miss += time.Since(begun)
		n++
	}
	b.ReportMetric(float64(hit.Nanoseconds())/float64(n), "hit-ns")
	b.ReportMetric(float64(miss.Nanoseconds())/float64(n), "miss-ns")
	b.ReportMetric(float64(miss)/float64(hit), "miss/hit")
}
