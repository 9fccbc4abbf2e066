package main

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// world is a cart service on a project of its own, with a catalog that sells what a test says.
type world struct {
	*testenv.World
	t       *testing.T
	base    string
	db      *firestore.Client
	carts   *cart.Carts // past the service's
	catalog *catalog
	stock   *stock
}

func start(t *testing.T) *world {
	t.Parallel()
	return started(t)
}

// started is start for a test that cannot run beside others.
func started(t *testing.T) *world {
	t.Helper()
	w := &world{World: testenv.New(t, "cart"), t: t, catalog: &catalog{price: map[string]int64{}}, stock: &stock{units: map[string]int64{}}}
	mux := http.NewServeMux()
	mux.Handle(catalogv1connect.NewCatalogInternalServiceHandler(w.catalog))
	mux.Handle(orderv1connect.NewOrderInternalServiceHandler(w.stock))
	w.Set("FIRESTORE_DATABASE", "cart")
	others := testenv.Listen(t, mux)
	w.Set("CATALOG_URL", others)
	w.Set("ORDER_URL", others)
	w.base = testenv.Serve(w.World, run)
	db, err := firedb.Open(t.Context(), w.Project(), "cart")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w.db, w.carts = db, cart.In(db)
	return w
}

// catalog sells SKUs at prices, or is down.
type catalog struct {
	catalogv1connect.UnimplementedCatalogInternalServiceHandler
	mu    sync.Mutex
	price map[string]int64
	down  bool
	while func() // called once, while the next caller waits for an answer
	asked int    // how often
}

func (c *catalog) GetVariants(_ context.Context, req *catalogv1.GetVariantsRequest) (*catalogv1.GetVariantsResponse, error) {
	c.meanwhile()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.down {
		return nil, fault.New(fault.Internal)
	}
	res := &catalogv1.GetVariantsResponse{}
	for _, sku := range req.GetSkus() {
		if price, ok := c.price[sku]; ok {
			res.Variants = append(res.Variants, &catalogv1.PricedVariant{
				Sku: sku, ProductId: "prd_" + sku, Title: &typev1.LocalisedText{Ja: "抹茶"}, Price: yen(price),
			})
		}
	}
	return res, nil
}

func (c *catalog) meanwhile() {
	c.mu.Lock()
	do := c.while
	c.while = nil
	c.mu.Unlock()
	if do != nil {
		do()
	}
}

// stock answers how many units are left, or is down.
type stock struct {
	orderv1connect.UnimplementedOrderInternalServiceHandler
	mu    sync.Mutex
	units map[string]int64 // 100 where nothing is said
	down  bool
}

func (s *stock) GetAvailability(_ context.Context, req *orderv1.GetAvailabilityRequest) (*orderv1.GetAvailabilityResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, fault.New(fault.StoreUnavailable)
	}
	res := &orderv1.GetAvailabilityResponse{}
	for _, sku := range req.GetSkus() {
		units, ok := s.units[sku]
		if !ok {
			units = 100
		}
		res.Availabilities = append(res.Availabilities, &orderv1.Availability{Sku: sku, Units: units})
	}
	return res, nil
}

func (s *stock) set(sku string, units int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.units[sku] = units
}

func (s *stock) setDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// sell answers a new SKU at a price.
func (c *catalog) sell(price int64) string {
	sku := id.New("sku")
	c.reprice(sku, price)
	return sku
}

func (c *catalog) reprice(sku string, price int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.price[sku] = price
}

func (c *catalog) withdraw(sku string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.price, sku)
}

// calls is how often it was asked.
func (c *catalog) calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

func (c *catalog) setDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

func yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }

func (w *world) as(u testenv.User) cartv1connect.CartServiceClient {
	return cartv1connect.NewCartServiceClient(w.As(u), w.base)
}

func (w *world) service(identity string) cartv1connect.CartInternalServiceClient {
	return cartv1connect.NewCartInternalServiceClient(w.AsService(identity), w.base)
}

func (w *world) set(u testenv.User, sku string, quantity int32) *cartv1.Cart {
	w.t.Helper()
	res, err := w.as(u).SetLine(w.t.Context(), &cartv1.SetLineRequest{Sku: sku, Quantity: quantity})
	if err != nil {
		w.t.Fatal(err)
	}
	return res.GetCart()
}

// stored answers a cart as it is in Firestore.
func (w *world) stored(owner string) cart.Cart {
	w.t.Helper()
	c, err := w.carts.Load(w.t.Context(), owner)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

type line struct {
	SKU      string
	Quantity int64
}

// wantLines wants a stored cart to hold these lines in this order, at this version.
func (w *world) wantLines(owner string, version int64, want ...line) {
	w.t.Helper()
	c := w.stored(owner)
	var got []line
	for _, l := range c.Lines {
		got = append(got, line{l.SKU, l.Quantity})
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("lines of %s (-want +got):\n%s", owner, diff)
	}
	if c.Version != version {
		w.t.Errorf("version of %s is %d, want %d", owner, c.Version, version)
	}
}

// wantSound wants Verify to find nothing wrong in n carts.
func (w *world) wantSound(n int64) {
	w.t.Helper()
	res, err := w.service("ops").Verify(w.t.Context(), &cartv1.VerifyRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range res.GetFindings() {
		if f.GetViolationCount() != 0 || f.GetChecked() != n {
			w.t.Errorf("%s: %d carts, want %d; %q", f.GetInvariant(), f.GetChecked(), n, f.GetViolations())
		}
	}
}

func wantReason(t *testing.T, err error, want fault.Reason) {
	t.Helper()
	if got := fault.ReasonOf(err); got != want {
		t.Errorf("reason %q (%v), want %q", got, err, want)
	}
}

var (
	hanako = testenv.User{ID: "hanako"}
	guest  = testenv.User{ID: "guest/1", Guest: true}
)
