package main

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

// What changes in catalog is found as it is now, what leaves is not found.
func TestFollow(t *testing.T) {
	w := start(t, stall()...)
	w.catalog.put(product("melon", "夕張メロン", "Yubari melon", "fruit", 3980))
	w.becomes(ask("メロン"), "melon")
	w.catalog.put(product("melon", "夕張キングメロン", "Yubari King melon", "fruit", 4980, soldOut))
	w.becomes(ask("キング"), "melon")
	w.becomes(&searchv1.SearchRequest{Query: "メロン", Filter: &searchv1.Filter{InStock: true}})
	w.catalog.withdraw("melon")
	w.becomes(ask("メロン"))
	w.sound(0)
}

// An offer begins and ends by the clock alone.
func TestFollowTheClock(t *testing.T) {
	t.Parallel()
	w := prepare(t)
	now := w.Clock().Now()
	w.catalog.put(product("rice", "新米", "", "food", 2000, offered(1500, now.Add(time.Hour), now.Add(3*time.Hour), 5)))
	w.serve()
	open := &searchv1.SearchRequest{Filter: &searchv1.Filter{GroupOpen: true, MaxPrice: 1500}}
	w.becomes(open)
	w.Advance(2 * time.Hour)
	w.becomes(open, "rice")
	w.Advance(2 * time.Hour)
	w.becomes(open)
	w.sound(0)
}

// A price for a time, and a daily deal below it, begin and end by the clock alone: in the hit, the filter, the bands and the
// order.
func TestFollowPricesOfATime(t *testing.T) {
	t.Parallel()
	w := prepare(t)
	now := w.Clock().Now()
	window := func(price int64, begin, end time.Duration, deal string) *catalogv1.PriceWindow {
		return &catalogv1.PriceWindow{Price: yen(price), StartTime: timestamppb.New(now.Add(begin)), EndTime: timestamppb.New(now.Add(end)), DealId: deal}
	}
	w.catalog.put(product("bran", "米ぬか", "", "food", 1700))
	w.catalog.put(product("rice", "新米", "", "food", 2000, func(v *catalogv1.ProductView) {
		v.Product.Variants[0].PriceWindows = []*catalogv1.PriceWindow{
			window(1500, time.Hour, 5*time.Hour, ""), window(900, 2*time.Hour, 3*time.Hour, "deal_a"), window(1900, 4*time.Hour, 5*time.Hour, "deal_b"),
		}
	}))
	w.serve()
	for _, step := range []struct {
		hours int
		price int64
		order []string
	}{{0, 2000, []string{"bran", "rice"}}, {1, 1500, []string{"rice", "bran"}}, {1, 900, []string{"rice", "bran"}}, {1, 1500, []string{"rice", "bran"}},
		{1, 1500, []string{"rice", "bran"}}, {1, 2000, []string{"bran", "rice"}}} {
		w.Advance(time.Duration(step.hours)*time.Hour + time.Second)
		exactly := &searchv1.SearchRequest{Filter: &searchv1.Filter{MinPrice: step.price, MaxPrice: step.price}}
		w.becomes(exactly, "rice")
		if got := w.names(&searchv1.SearchRequest{Sort: searchv1.Sort_SORT_PRICE_ASCENDING}); !slices.Equal(got, step.order) {
			t.Errorf("at %d yen the cheapest first is %v, want %v", step.price, got, step.order)
		}
		res := w.search(exactly)
		if got := res.GetHits()[0].GetPrice().GetAmount(); got != step.price {
			t.Errorf("the hit says %d yen, want %d", got, step.price)
		}
		for _, b := range res.GetFacets().GetPriceBands() {
			if b.GetCount() > 0 && (step.price < b.GetMinPrice() || b.GetMaxPrice() > 0 && step.price > b.GetMaxPrice()) {
				t.Errorf("it is counted from %d to %d yen, and costs %d", b.GetMinPrice(), b.GetMaxPrice(), step.price)
			}
		}
	}
	w.sound(0)
}

// However the feed repeats and shuffles, the index is what catalog shows.
func TestFollowShuffled(t *testing.T) {
	w := start(t, stall()...)
	r := rand.New(rand.NewPCG(1, 2))
	w.catalog.change(func() {
		w.catalog.shuffle = func(all []*catalogv1.ProductChange) []*catalogv1.ProductChange {
			twice := slices.Concat(all, all)
			r.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
			return twice
		}
	})
	for range 200 {
		name := string(rune('b' + r.IntN(8)))
		if r.IntN(3) == 0 {
			w.catalog.withdraw(name)
		} else {
			w.catalog.put(product(name, []string{"白桃", "黄桃"}[r.IntN(2)], "", "fruit", int64(100+r.IntN(900))))
		}
	}
	w.catalog.put(product("last", "文旦", "", "fruit", 100))
	w.becomes(ask("文旦"), "last")
	w.sound(0)
}

// What changes not is not read again, though the feed tells of it again.
func TestFollowReadsOnce(t *testing.T) {
	w := start(t, stall()...)
	w.catalog.put(product("melon", "夕張メロン", "", "fruit", 3980))
	w.becomes(ask("メロン"), "melon")
	w.catalog.put(product("pear", "洋梨", "", "fruit", 3980))
	w.becomes(ask("洋梨"), "pear")
	w.catalog.change(func() {
		if w.catalog.reads > len(stall())+2+2 {
			t.Errorf("%d views were read of %d products that changed", w.catalog.reads, len(stall())+2)
		}
	})
}

// One that was away too long hears of everything anew, and forgets what it is not told of.
func TestFollowRestarted(t *testing.T) {
	w := start(t, stall()...)
	w.catalog.change(func() {
		w.catalog.down = true
		delete(w.catalog.views, idOf("towel"))
		for range 10 {
			w.catalog.tell(idOf("towel"))
		}
		w.catalog.swept = len(w.catalog.log) // of all that, nothing is told any more
	})
	w.catalog.put(product("melon", "夕張メロン", "", "fruit", 3980))
	if got := w.names(ask("タオル")); !slices.Equal(got, []string{"towel"}) {
		t.Errorf("while catalog is down, タオル finds %v, want what it found before", got)
	}
	w.catalog.change(func() { w.catalog.down = false })
	w.becomes(ask("メロン"), "melon")
	w.becomes(ask("タオル"))
	w.sound(0)
}

// An instance is not ready before it knows all there is, and stays ready when catalog goes.
func TestReady(t *testing.T) {
	t.Parallel()
	w := prepare(t)
	w.catalog.put(stall()[0])
	w.catalog.change(func() { w.catalog.down = true })
	w.base = testenv.Serve(w.World, run)
	testenv.Eventually(t, func() error { return w.readiness(http.StatusServiceUnavailable) })
	w.catalog.change(func() { w.catalog.down = false })
	testenv.Eventually(t, func() error { return w.readiness(http.StatusOK) })
	w.catalog.change(func() { w.catalog.down = true })
	if err := w.readiness(http.StatusOK); err != nil {
		t.Error(err)
	}
	w.becomes(ask("りんご"), "fuji")
}
