package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

// page reads a product's page as a customer without a login does.
func (s *shop) page(base, id string) (*catalogv1.GetProductResponse, http.Header, error) {
	ctx, call := connect.NewClientContext(s.ctx)
	client := catalogv1connect.NewCatalogServiceClient(http.DefaultClient, base, connect.WithHTTPGet())
	res, err := client.GetProduct(ctx, &catalogv1.GetProductRequest{ProductId: id})
	return res, call.ResponseHeader(), err
}

// Two instances: what one is told, the other shows, with no more than the feed between them.
func TestPagesFollowTheFeed(t *testing.T) {
	s := open(t)
	other := testenv.Serve(s.World, run)
	p := s.sell("r1")
	id, sku := p.GetProductId(), p.GetVariants()[0].GetSku()
	c := s.offer("c1", p)
	steps := []struct {
		name string
		do   func() error
		is   func(*catalogv1.GetProductResponse) bool
	}{
		{"nothing", func() error { return nil }, func(r *catalogv1.GetProductResponse) bool { return len(r.GetCampaigns()) == 1 }},
		{"price", func() (err error) {
			p.Variants[0].Price = yen(1980)
			p, err = s.update(minori, p)
			return err
		}, func(r *catalogv1.GetProductResponse) bool {
			return r.GetProduct().GetVariants()[0].GetCurrentPrice().GetAmount() == 1980
		}},
		{"campaign", func() error {
			c.State = catalogv1.State_STATE_ENDED
			_, err := s.admin(minori).UpdateCampaign(s.ctx, &catalogv1.UpdateCampaignRequest{Campaign: c, Reason: "over"})
			return err
		}, func(r *catalogv1.GetProductResponse) bool { return len(r.GetCampaigns()) == 0 }},
		{"stock", func() error { s.level(sku, 1, orderv1.StockLevel_STOCK_LEVEL_SOLD_OUT); return nil }, func(r *catalogv1.GetProductResponse) bool {
			return len(r.GetStockLevels()) == 1 && r.GetStockLevels()[0].GetLevel() == catalogv1.Level_LEVEL_SOLD_OUT
		}},
		{"end", func() (err error) {
			p.State = catalogv1.State_STATE_ENDED
			_, err = s.update(minori, p)
			return err
		}, nil},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		for _, base := range []string{s.base, other} {
			testenv.Eventually(t, func() error {
				res, _, err := s.page(base, id)
				if step.is == nil && fault.ReasonOf(err) == fault.NotFound || step.is != nil && err == nil && step.is(res) {
					return nil
				}
				return fmt.Errorf("after a change of %s: %v, %v", step.name, res, err)
			})
		}
	}
	missing := "prd_aaaaaaaaaaaaaaaaaaaaaaaaaa"
	_, _, err := s.page(s.base, missing)
	refused(t, err, fault.NotFound)
}

// Case C5: while the store is away pages stand and say how old they may be; what is in no cache, and checkout, are refused.
func TestCaseC5PagesWithoutTheStore(t *testing.T) {
	proxy := testenv.NewProxy(t, os.Getenv("FIRESTORE_EMULATOR_HOST"))
	t.Setenv("FIRESTORE_EMULATOR_HOST", proxy.Addr)
	s := opened(t)
	p, cold := s.sell("r1"), s.sell("r2")
	c := s.offer("c1", p)
	want, _, err := s.page(s.base, p.GetProductId())
	if err != nil {
		t.Fatal(err)
	}
	proxy.Cut()
	testenv.Eventually(t, func() error {
		got, header, err := s.page(s.base, p.GetProductId())
		if err != nil || got.GetProduct().GetEtag() != want.GetProduct().GetEtag() {
			t.Fatalf("page without the store: %v, %v", got, err)
		}
		if header.Get("Age") == "" {
			return fmt.Errorf("no Age in %v", header)
		}
		return nil
	})
	_, _, err = s.page(s.base, cold.GetProductId())
	refused(t, err, fault.StoreUnavailable)
	_, err = s.internal("order").GetOffer(s.ctx, &catalogv1.GetOfferRequest{CampaignId: c.GetCampaignId()})
	refused(t, err, fault.StoreUnavailable)
	_, err = s.internal("order").GetVariants(s.ctx, &catalogv1.GetVariantsRequest{Skus: []string{p.GetVariants()[0].GetSku()}})
	refused(t, err, fault.StoreUnavailable)
	_, err = s.update(minori, p)
	refused(t, err, fault.StoreUnavailable)

	proxy.Restore()
	testenv.Eventually(t, func() error { return firedb.Ping(s.db)(s.ctx) })
	testenv.Eventually(t, func() error {
		_, header, err := s.page(s.base, p.GetProductId())
		if err == nil && header.Get("Age") != "" {
			err = fmt.Errorf("Age: %s", header.Get("Age"))
		}
		return err
	})
	if _, err := s.update(minori, p); err != nil {
		t.Errorf("after the store came back: %v", err)
	}
}

// Prices change at their times on a page that nobody wrote, and customers see none before its time.
func TestPagesFollowTheClock(t *testing.T) {
	s := open(t)
	now := s.Clock().Now()
	in := func(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(now.Add(d)) }
	p := s.sell("r1", func(p *catalogv1.Product) {
		p.Variants[0].PriceWindows = []*catalogv1.PriceWindow{
			{Price: yen(1980), StartTime: in(time.Hour), EndTime: in(2 * time.Hour)},
			{Price: yen(1880), StartTime: in(2 * time.Hour), EndTime: in(3 * time.Hour)},
		}
	})
	later := s.offer("c1", p, func(c *catalogv1.Campaign) { c.StartTime, c.EndTime = in(90*time.Minute), in(150*time.Minute) })
	id, sku := p.GetProductId(), p.GetVariants()[0].GetSku()
	for _, step := range []struct {
		after     time.Duration
		price     int64
		windows   int
		campaigns int
	}{{0, 2180, 0, 0}, {70 * time.Minute, 1980, 1, 0}, {30 * time.Minute, 1980, 1, 1}, {30 * time.Minute, 1880, 1, 1}, {60 * time.Minute, 2180, 0, 0}} {
		s.Advance(step.after)
		testenv.Eventually(t, func() error {
			res, _, err := s.page(s.base, id)
			if err != nil {
				return err
			}
			v := res.GetProduct().GetVariants()[0]
			if v.GetCurrentPrice().GetAmount() != step.price || len(v.GetPriceWindows()) != step.windows || len(res.GetCampaigns()) != step.campaigns {
				return fmt.Errorf("%v later: %v", step.after, res)
			}
			priced, err := s.internal("cart").GetVariants(s.ctx, &catalogv1.GetVariantsRequest{Skus: []string{sku}})
			if err != nil || priced.GetVariants()[0].GetPrice().GetAmount() != step.price {
				return fmt.Errorf("checkout reads %v, %v; want %d", priced, err, step.price)
			}
			return nil
		})
	}
	own, err := s.public(s.As(minori)).GetProduct(s.ctx, &catalogv1.GetProductRequest{ProductId: id})
	if err != nil || len(own.GetProduct().GetVariants()[0].GetPriceWindows()) != 2 {
		t.Errorf("its merchant sees %v, %v; want all prices", own, err)
	}
	if later.GetCampaignId() == "" {
		t.Error("no campaign")
	}
	s.verified()
}

// get asks for a page as a browser or CDN would.
func (s *shop) get(method, message string, header map[string]string) *http.Response {
	s.t.Helper()
	q := url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {message}}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.base+"/issho.catalog.v1.CatalogService/"+method+"?"+q.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestPagesMayBeHeld(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	s.offer("c1", p)
	message := fmt.Sprintf(`{"product_id":%q}`, p.GetProductId())
	first := s.get("GetProduct", message, nil)
	tag := first.Header.Get("ETag")
	if first.StatusCode != 200 || first.Header.Get("Cache-Control") != "public, max-age=1, stale-if-error=300" || tag == "" {
		t.Fatalf("page: %s, %v", first.Status, first.Header)
	}
	if got := s.get("GetProduct", message, map[string]string{"If-None-Match": `W/"x", ` + tag}); got.StatusCode != http.StatusNotModified || got.Header.Get("ETag") != tag || got.ContentLength > 0 {
		t.Errorf("the same again: %s, %v", got.Status, got.Header)
	}
	token := map[string]string{"Authorization": "Bearer " + s.UserToken(hanako)}
	if got := s.get("GetProduct", message, token); got.StatusCode != 200 || got.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("with a token: %s, %v", got.Status, got.Header)
	}
	if got := s.get("GetProduct", `{"product_id":"prd_aaaaaaaaaaaaaaaaaaaaaaaaaa"}`, nil); got.StatusCode != 404 || got.Header.Get("Cache-Control") != "" {
		t.Errorf("what is absent: %s, %v", got.Status, got.Header)
	}
	p.Variants[0].Price = yen(1)
	if _, err := s.update(minori, p); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, func() error {
		if got := s.get("GetProduct", message, map[string]string{"If-None-Match": tag}); got.StatusCode != 200 || got.Header.Get("ETag") == tag {
			return fmt.Errorf("after a change: %s, %v", got.Status, got.Header)
		}
		return nil
	})
	for method, message := range map[string]string{
		"ListProducts": "{}", "ListCategories": "{}",
	} {
		res := s.get(method, message, nil)
		again := s.get(method, message, map[string]string{"If-None-Match": res.Header.Get("ETag")})
		if res.StatusCode != 200 || again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %s, %v, and again: %s", method, res.Status, res.Header, again.Status)
		}
	}
	for method, message := range map[string]string{ // a 304 would have their clock stand still
		"ListCampaigns": "{}", "ListDeals": "{}", "GetCampaign": fmt.Sprintf(`{"campaign_id":%q}`, s.offer("c2", p).GetCampaignId()),
	} {
		if res := s.get(method, message, nil); res.StatusCode != 200 || res.Header.Get("ETag") != "" || res.Header.Get("Cache-Control") != first.Header.Get("Cache-Control") {
			t.Errorf("%s: %s, %v", method, res.Status, res.Header)
		}
	}
}

// A last page that gets a successor is not the same page any more, though its products are.
func TestTheTagOfAListTellsWhetherThereIsMore(t *testing.T) {
	s := open(t)
	first := s.sell("first")
	next := s.sell("0", draft)
	for i := 1; next.GetProductId() < first.GetProductId(); i++ {
		next = s.sell(fmt.Sprint(i), draft)
	}
	last := s.get("ListProducts", `{"page_size":1}`, nil).Header.Get("ETag")
	next.State = catalogv1.State_STATE_LIVE
	if _, err := s.update(minori, next); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, func() error {
		res := s.get("ListProducts", `{"page_size":1}`, map[string]string{"If-None-Match": last})
		if res.StatusCode != 200 || res.Header.Get("ETag") == last {
			return fmt.Errorf("%s, %v", res.Status, res.Header)
		}
		return nil
	})
}
