package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/e2e/shop"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
)

// What the tables are held to. The rates are 35, 20 and 3 times what the better of two peers does on such a machine: 75
// product details, 18 searches, 281 additions to a cart a second.
const (
	browseShoppers = 500 // so many that hardly two additions to one cart are under way at a time
	productRate    = 35 * 75
	searchRate     = 20 * 18
	cartRate       = 3 * 281
	constantShare  = 0.6
)

// route is one kind of request that is measured.
type route struct {
	name string
	next func() *http.Request // the next one of its kind; its body is new each time
	rate float64              // wanted a second; 0: none is named
	p95  time.Duration        // wanted at half of the saturation; 0: none is named
}

// benchBrowse measures each route alone: first how many a second it bears, then, at half of that, how long an answer takes.
// Then a handler that returns the bytes of a product page takes catalog's place behind the same gateway. With products laid
// behind, all routes are measured once more over them.
func benchBrowse(ctx context.Context, s *shop.Shop, o options) error {
	goods, err := stock(ctx, s, o.count)
	if err != nil {
		return err
	}
	people, err := shoppers(ctx, s)
	if err != nil {
		return err
	}
	var ids []string
	for _, g := range goods {
		ids = append(ids, g.Product.GetProductId())
	}
	routes := browseRoutes(s, people, goods, ids)
	load := newLoad(o.parallel)
	few, err := eachRoute(ctx, s, load, routes, o, len(ids), nil)
	if err != nil {
		return err
	}
	constant, err := constantly(ctx, load, routes[0].next, o)
	if err != nil {
		return err
	}
	fmt.Printf("| a constant answer on the product page's route | %.0f | the page ≥ %.1f of it | it is %.2f | | | |\n", constant.rate, constantShare, few["product page"].rate/constant.rate)
	if o.behind > 0 {
		behind, err := shelve(ctx, s, goods, o.behind)
		if err != nil {
			return err
		}
		if o.measures("search with facets") {
			if err := searchReads(ctx, s, len(goods)+o.behind); err != nil {
				return err
			}
		}
		ids = append(ids, behind...)
		if _, err := eachRoute(ctx, s, load, browseRoutes(s, people, goods, ids), o, len(ids), few); err != nil {
			return err
		}
	}
	return printMemory(ctx, s)
}

// eachRoute prints the table of the routes over n products, beside what it was over few, and answers the times at half of the
// saturation with the rate of that.
func eachRoute(ctx context.Context, s *shop.Shop, load *load, routes []route, o options, n int, few map[string]result) (map[string]result, error) {
	if err := s.Drained(ctx, time.Minute); err != nil { // what the preparation has left to do is not measured
		return nil, err
	}
	if err := settled(ctx); err != nil { // over many products the emulator never is: each look at the feed reads them all
		fmt.Fprintln(os.Stderr, "measured all the same:", err)
	}
	fmt.Printf("\n| through Envoy, %d products | a second | wanted | p95 at half | wanted | times that of few | failed |\n|---|---|---|---|---|---|---|\n", n)
	all := map[string]result{}
	for _, r := range routes {
		if !o.measures(r.name) {
			continue
		}
		load.saturate(ctx, r.next, o.warm) // left out of what is measured: the emulators are Java
		before, err := usedSoFar()
		if err != nil {
			return nil, err
		}
		most := load.saturate(ctx, r.next, o.seconds)
		after, err := usedSoFar()
		if err != nil {
			return nil, err
		}
		half := load.pace(ctx, r.next, most.rate/2, o.seconds)
		all[r.name] = result{most.rate, half.p95, most.failed + half.failed}
		fmt.Printf("| %s | %.0f | %s | %.1f ms | %s | %s | %d |\n", r.name, most.rate, atLeast(r.rate), ms(half.p95), under(r.p95), times(half.p95, few[r.name].p95), most.failed+half.failed)
		fmt.Fprintln(os.Stderr, r.name+":", after.each(before, int(most.rate*o.seconds.Seconds())))
	}
	return all, nil
}

// shoppers are the customers who browse.
func shoppers(ctx context.Context, s *shop.Shop) ([]*shop.Person, error) {
	people := make([]*shop.Person, browseShoppers)
	for i := range people {
		var err error
		if people[i], err = s.Person(ctx, shop.Proto, shop.Account{ID: shop.Unique("browser")}); err != nil {
			return nil, err
		}
	}
	return people, nil
}

// browseRoutes are what is measured. Products are asked for as customers do: the nth most popular one 1/n as often.
func browseRoutes(s *shop.Shop, people []*shop.Person, goods []*shop.Goods, ids []string) []route {
	popular, hot := newZipf(len(ids)), newZipf(len(goods))
	who := func() *shop.Person { return people[rand.IntN(len(people))] }
	get := func(procedure string, m proto.Message) *http.Request { return asGet(s.Gateway+procedure, m) }
	return []route{
		{"product page", func() *http.Request {
			return get("/issho.catalog.v1.CatalogService/GetProduct", &catalogv1.GetProductRequest{ProductId: ids[popular.next()]})
		}, productRate, 0},
		{"catalog page", func() *http.Request {
			return get("/issho.catalog.v1.CatalogService/ListProducts", &catalogv1.ListProductsRequest{PageSize: 20})
		}, 0, 120 * time.Millisecond},
		{"search with facets", func() *http.Request {
			return get("/issho.search.v1.SearchService/Search", &searchv1.SearchRequest{Query: kinds[rand.IntN(len(kinds))]})
		}, searchRate, 85 * time.Millisecond},
		{"cart", func() *http.Request {
			return asPost(s.Gateway+"/issho.cart.v1.CartService/GetCart", &cartv1.GetCartRequest{}, who().Token)
		}, 0, 45 * time.Millisecond},
		{"addition to a cart", func() *http.Request {
			add := &cartv1.SetLineRequest{Sku: goods[hot.next()%10].SKU, Quantity: 1 + rand.Int32N(10)} // most change something
			return asPost(s.Gateway+"/issho.cart.v1.CartService/SetLine", add, who().Token)
		}, cartRate, 0},
	}
}

// asGet and asPost write a request as Connect does, so that the client costs little of the machine that it measures.
func asGet(at string, m proto.Message) *http.Request {
	body, _ := proto.Marshal(m) // of our own making
	query := url.Values{"connect": {"v1"}, "encoding": {"proto"}, "base64": {"1"}, "message": {base64.RawURLEncoding.EncodeToString(body)}}
	req, _ := http.NewRequest(http.MethodGet, at+"?"+query.Encode(), nil)
	return req
}

func asPost(at string, m proto.Message, token string) *http.Request {
	body, _ := proto.Marshal(m)
	req, _ := http.NewRequest(http.MethodPost, at, bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/proto")
	req.Header.Set("Connect-Protocol-Version", "1")
	req.Header.Set("Authorization", "Bearer "+token)
	return req
}

// load sends requests over HTTP/2 without TLS, over connections of its own.
type load struct {
	clients []*http.Client
	turn    atomic.Int64
}

func newLoad(parallel int) *load {
	l := &load{}
	for range max(1, parallel/16) {
		var protocols http.Protocols
		protocols.SetUnencryptedHTTP2(true)
		l.clients = append(l.clients, &http.Client{Transport: &http.Transport{Protocols: &protocols}, Timeout: 10 * time.Second})
	}
	return l
}

// result is what a run of requests came to.
type result struct {
	rate   float64
	p95    time.Duration
	failed int
}

// workers is how many requests are under way at most when a route is driven to its limit.
const workers = 64

// saturate sends as many requests as are answered, for a time.
func (l *load) saturate(ctx context.Context, next func() *http.Request, over time.Duration) result {
	m, failed := newMeasure(), atomic.Int64{}
	var sending sync.WaitGroup
	for range workers {
		sending.Go(func() {
			for end := m.began.Add(over); time.Now().Before(end) && ctx.Err() == nil; {
				if m.time(func() error { return l.send(ctx, next()) }) != nil {
					failed.Add(1)
				}
			}
		})
	}
	sending.Wait()
	f := m.end()
	return result{f.rate, f.p95, int(failed.Load())}
}

// pace sends at a rate, whether answers come or not, so that a slow answer is not excused by asking less; the time of each
// counts from when it should have been sent.
func (l *load) pace(ctx context.Context, next func() *http.Request, rate float64, over time.Duration) result {
	m, failed := newMeasure(), atomic.Int64{}
	var sending sync.WaitGroup
	for i := range int(rate * over.Seconds()) {
		due := m.began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		sending.Go(func() {
			err := l.send(ctx, next())
			if err != nil {
				failed.Add(1)
				return
			}
			m.note(time.Since(due))
		})
	}
	sending.Wait()
	f := m.end()
	return result{f.rate, f.p95, int(failed.Load())}
}

func (l *load) send(ctx context.Context, req *http.Request) error {
	client := l.clients[int(l.turn.Add(1))%len(l.clients)]
	res, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", req.URL.Path, res.Status)
	}
	return nil
}

func atLeast(rate float64) string {
	if rate == 0 {
		return ""
	}
	return fmt.Sprintf("≥ %.0f", rate)
}

func times(d, of time.Duration) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", float64(d)/float64(of))
}

func under(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return "< " + d.String()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
