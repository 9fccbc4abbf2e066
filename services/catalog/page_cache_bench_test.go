package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
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
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, base := range []string{s.base, other} {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
					s.page(base, p.GetProductId())
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
