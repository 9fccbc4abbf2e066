package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	"github.com/issho-shop/issho/internal/gen/issho/search/v1/searchv1connect"
	"github.com/issho-shop/issho/internal/testenv"
)

// BenchmarkStaleness changes the price of one of 2,000 products and asks two instances, until both find it; p50-ms and p95-ms are how
// long after the write the slower one did, while other customers search. Catalog is a fake that tells a change at once.
//
//	scripts/check test ./services/search -run '^$' -bench Staleness -benchtime 50x
func BenchmarkStaleness(b *testing.B) {
	w := prepare(b)
	for i := range 2000 {
		w.catalog.put(product(fmt.Sprintf("p%d", i), fmt.Sprintf("りんご 第%d号", i), "", "fruit", int64(1000+i)))
	}
	var instances []searchv1connect.SearchServiceClient
	for range 2 {
		w.serve()
		instances = append(instances, w.public())
	}
	done := make(chan struct{})
	var others sync.WaitGroup
	for _, c := range instances {
		others.Go(func() { browse(b, c, done) })
	}
	var took []time.Duration
	for b.Loop() {
		price := int64(100_000 + len(took))
		w.catalog.put(product("p7", "りんご 第7号", "", "fruit", price))
		written := time.Now()
		for _, c := range instances {
			testenv.Eventually(b, func() error { return findsFor(b, c, price) })
		}
		took = append(took, time.Since(written))
	}
	close(done)
	others.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Milliseconds()), "p95-ms")
	b.ReportMetric(0, "ns/op")
}

// browse asks for everything with facets, some twenty times a second.
func browse(b *testing.B, c searchv1connect.SearchServiceClient, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(50 * time.Millisecond):
			if _, err := c.Search(b.Context(), &searchv1.SearchRequest{}); err != nil {
				b.Error(err)
			}
		}
	}
}

// findsFor tells whether an instance finds one product of that price, and counts it.
func findsFor(b *testing.B, c searchv1connect.SearchServiceClient, price int64) error {
	res, err := c.Search(b.Context(), &searchv1.SearchRequest{Filter: &searchv1.Filter{MinPrice: price, MaxPrice: price}})
	if err == nil && (res.GetTotal() != 1 || res.GetFacets().GetPriceBands()[0].GetCount() != 1) {
		err = fmt.Errorf("%d products cost %d", res.GetTotal(), price)
	}
	return err
}
