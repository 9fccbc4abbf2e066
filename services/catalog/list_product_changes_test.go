package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// reader follows the feed as a service does that keeps a copy.
type reader struct {
	s     *shop
	token string
	known map[string]int64
	heard []string // products of a new version, since the last look
	began int      // how often it had to begin anew
}

// look reads the feed until it has caught up.
func (r *reader) look(size int32) []string {
	r.s.t.Helper()
	r.heard = nil
	for range 100 {
		res, err := r.s.internal("ops").ListProductChanges(r.s.ctx, &catalogv1.ListProductChangesRequest{PageToken: r.token, PageSize: size})
		if err != nil {
			r.s.t.Fatal(err)
		}
		if res.GetRestarted() {
			r.began++
			r.known = map[string]int64{}
		}
		for _, ch := range res.GetChanges() {
			if ch.GetVersion() > r.known[ch.GetProductId()] {
				r.known[ch.GetProductId()] = ch.GetVersion()
				r.heard = append(r.heard, ch.GetProductId())
			}
		}
		r.token = res.GetNextPageToken()
		if res.GetCaughtUp() {
			slices.Sort(r.heard)
			return slices.Compact(r.heard)
		}
	}
	r.s.t.Fatal("the feed does not catch up")
	return nil
}

func (s *shop) level(sku string, version int64, l orderv1.StockLevel) {
	s.t.Helper()
	s.DeliverTwice(s.base, s.levelEvent(sku, version, l))
}

func TestListProductChanges(t *testing.T) {
	s := open(t)
	var all []*catalogv1.Product
	var ids []string
	for i := range 5 {
		all = append(all, s.sell(fmt.Sprint("r", i)))
		ids = append(ids, all[i].GetProductId())
	}
	s.sell("hidden", draft)
	slices.Sort(ids)
	p := all[0]
	r := &reader{s: s}
	for _, id := range ids {
		if heard := r.look(2); !slices.Contains(append(heard, ids...), id) || r.began != 1 {
			t.Fatalf("first look: %v, began %d times", heard, r.began)
		}
	}
	for _, id := range ids {
		if r.known[id] == 0 {
			t.Errorf("%s was never named", id)
		}
	}
	steps := []struct {
		name string
		do   func()
	}{
		{"product", func() {
			var err error
			if p, err = s.update(minori, p); err != nil {
				t.Fatal(err)
			}
		}},
		{"campaign", func() { s.offer("c1", p) }},
		{"stock level", func() { s.level(p.GetVariants()[0].GetSku(), 1, orderv1.StockLevel_STOCK_LEVEL_LOW) }},
		{"group", func() {
			s.group("grp_1", s.offer("c2", p).GetCampaignId(), 1, func(*orderv1.GroupEvent) {})
		}},
		{"its end", func() {
			p.State = catalogv1.State_STATE_ENDED
			if _, err := s.update(minori, p); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, step := range steps {
		before := r.known[p.GetProductId()]
		step.do()
		if heard := r.look(3); !slices.Equal(heard, []string{p.GetProductId()}) || r.known[p.GetProductId()] <= before {
			t.Errorf("after a change of %s: %v, version %d after %d", step.name, heard, r.known[p.GetProductId()], before)
		}
		if heard := r.look(3); len(heard) != 0 {
			t.Errorf("%s was heard of twice: %v", step.name, heard)
		}
	}
	if r.began != 1 {
		t.Errorf("the reader began %d times, want 1", r.began)
	}
	_, err := s.internal("ops").ListProductChanges(s.ctx, &catalogv1.ListProductChangesRequest{PageToken: "forged"})
	refused(t, err, fault.PageTokenInvalid)
	_, err = s.internal("cart").ListProductChanges(s.ctx, &catalogv1.ListProductChangesRequest{})
	refused(t, err, fault.CallerNotAllowed)
	_, err = s.internal("ops").ListProductChanges(s.ctx, &catalogv1.ListProductChangesRequest{PageSize: 1_000_000_000})
	refused(t, err, fault.FieldInvalid)
}

func TestGetProductViews(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	c := s.offer("c1", p)
	later := s.offer("c2", p, func(c *catalogv1.Campaign) { c.StartTime.Seconds += 7200; c.EndTime.Seconds -= 60 })
	s.offer("c3", p, func(c *catalogv1.Campaign) { c.State = catalogv1.State_STATE_DRAFT })
	hidden := s.sell("r2", draft)
	sku := p.GetVariants()[0].GetSku()
	s.level(sku, 3, orderv1.StockLevel_STOCK_LEVEL_LOW)
	s.level(sku, 2, orderv1.StockLevel_STOCK_LEVEL_IN_STOCK) // an older one, come late
	s.group("grp_1", c.GetCampaignId(), 2, func(g *orderv1.GroupEvent) { g.Confirmed = 3 })
	s.group("grp_2", c.GetCampaignId(), 1, func(g *orderv1.GroupEvent) { g.Confirmed = 1 })

	res, err := s.internal("ops").GetProductViews(s.ctx, &catalogv1.GetProductViewsRequest{
		ProductIds: []string{hidden.GetProductId(), p.GetProductId(), "prd_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	})
	if err != nil || len(res.GetViews()) != 1 {
		t.Fatalf("views = %v, %v; want one", res, err)
	}
	want := &catalogv1.ProductView{
		Product: p, Campaigns: []*catalogv1.Campaign{later, c},
		StockLevels: []*catalogv1.StockLevel{{Sku: sku, Level: catalogv1.Level_LEVEL_LOW, Version: 3}},
		Heats:       []*catalogv1.Heat{{CampaignId: c.GetCampaignId(), OpenGroups: 2, Members: 4}},
		ReadVersion: res.GetViews()[0].GetReadVersion(),
	}
	if diff := cmp.Diff(want, res.GetViews()[0], protocmp.Transform()); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	if at := time.UnixMicro(want.GetReadVersion()); time.Since(at) > time.Minute {
		t.Errorf("read at %v", at)
	}
}
