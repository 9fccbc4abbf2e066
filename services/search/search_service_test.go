package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	"github.com/issho-shop/issho/internal/gen/issho/search/v1/searchv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/search/internal/index"
)

// TestMain has the dictionary loaded before any test waits for an instance to be ready.
func TestMain(m *testing.M) {
	index.Warm()
	os.Exit(m.Run())
}

// world is a search service beside a catalog that shows what a test says. Cloud Storage is its emulator.
type world struct {
	*testenv.World
	t       testing.TB
	base    string
	bucket  *storage.BucketHandle
	catalog *catalog
}

// prepare makes surroundings in which no service runs yet.
func prepare(t testing.TB) *world {
	t.Helper()
	w := &world{World: testenv.New(t, "search"), t: t, catalog: &catalog{views: map[string]*catalogv1.ProductView{}}}
	mux := http.NewServeMux()
	mux.Handle(catalogv1connect.NewCatalogInternalServiceHandler(w.catalog, connect.WithInterceptors(fault.Interceptor())))
	mux.Handle(catalogv1connect.NewCatalogServiceHandler(shelf{}))
	w.Set("CATALOG_URL", testenv.Listen(t, mux))
	w.Set("SNAPSHOT_BUCKET", w.Project()+"-search-snapshots")
	c, err := storage.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	w.bucket = c.Bucket(w.Project() + "-search-snapshots")
	if err := w.bucket.Create(t.Context(), w.Project(), nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// serve starts an instance and waits until it is ready.
func (w *world) serve() {
	w.t.Helper()
	w.base = testenv.Serve(w.World, run)
	testenv.Eventually(w.t, func() error { return w.readiness(http.StatusOK) })
}

func start(t *testing.T, products ...*catalogv1.ProductView) *world {
	t.Helper()
	t.Parallel()
	w := prepare(t)
	for _, p := range products {
		w.catalog.put(p)
	}
	w.serve()
	return w
}

func (w *world) readiness(want int) error {
	res, err := http.Get(w.base + "/health/ready")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != want {
		return fmt.Errorf("ready answers %d, want %d", res.StatusCode, want)
	}
	return nil
}

func (w *world) public() searchv1connect.SearchServiceClient {
	return searchv1connect.NewSearchServiceClient(http.DefaultClient, w.base)
}

func (w *world) internal(identity string) searchv1connect.SearchInternalServiceClient {
	return searchv1connect.NewSearchInternalServiceClient(w.AsService(identity), w.base)
}

func (w *world) search(req *searchv1.SearchRequest) *searchv1.SearchResponse {
	w.t.Helper()
	res, err := w.public().Search(w.t.Context(), req)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// names are the products that a request finds, by their short names.
func (w *world) names(req *searchv1.SearchRequest) []string {
	w.t.Helper()
	return names(w.search(req))
}

func names(res *searchv1.SearchResponse) []string {
	var out []string
	for _, h := range res.GetHits() {
		out = append(out, strings.TrimRight(strings.TrimPrefix(h.GetProductId(), "prd_"), "a"))
	}
	return out
}

// becomes waits until a request finds just these, in any order.
func (w *world) becomes(req *searchv1.SearchRequest, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	testenv.Eventually(w.t, func() error {
		got := w.names(req)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("%v finds %v, want %v", req, got, want)
		}
		return nil
	})
}

func (w *world) sound(violations int64) {
	w.t.Helper()
	res, err := w.internal("ops").Verify(w.t.Context(), &searchv1.VerifyRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	if f := res.GetFindings()[0]; f.GetViolationCount() != violations {
		w.t.Errorf("verify finds %v, want %d", f, violations)
	}
}

// catalog shows products, and tells of their changes as its contract says.
type catalog struct {
	catalogv1connect.UnimplementedCatalogInternalServiceHandler
	mu      sync.Mutex
	clock   int64 // stands for the database's
	views   map[string]*catalogv1.ProductView
	log     []*catalogv1.ProductChange
	swept   int // of the log, so many are no longer told
	down    bool
	key     string // begins its tokens, and others it does not know
	shuffle func([]*catalogv1.ProductChange) []*catalogv1.ProductChange
	reads   int
}

// put makes a product live, or changes it.
func (c *catalog) put(v *catalogv1.ProductView) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	v = proto.CloneOf(v)
	v.Product.Version = c.clock
	v.Product.UpdateTime = timestamppb.New(time.UnixMicro(c.clock))
	c.views[v.GetProduct().GetProductId()] = v
	c.tell(v.GetProduct().GetProductId())
}

// withdraw takes a product out of the shop.
func (c *catalog) withdraw(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	delete(c.views, idOf(name))
	c.tell(idOf(name))
}

func (c *catalog) tell(id string) {
	c.log = append(c.log, &catalogv1.ProductChange{ProductId: id, Version: c.clock})
}

// change does something to the catalog itself.
func (c *catalog) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// ListProductChanges begins with all products, then tells the log; a token is how much of it was told.
func (c *catalog) ListProductChanges(_ context.Context, req *catalogv1.ListProductChangesRequest) (*catalogv1.ListProductChangesResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return nil, fault.New(fault.StoreUnavailable)
	}
	res := &catalogv1.ListProductChangesResponse{}
	var told int
	token, known := strings.CutPrefix(req.GetPageToken(), c.key)
	if req.GetPageToken() != "" && !known {
		return nil, fault.New(fault.PageTokenInvalid)
	}
	if _, err := fmt.Sscanf(token, "%d", &told); err != nil || told < c.swept {
		res.Restarted = true
		for id, v := range c.views {
			res.Changes = append(res.Changes, &catalogv1.ProductChange{ProductId: id, Version: v.GetProduct().GetVersion()})
		}
		res.NextPageToken = fmt.Sprint(c.key, len(c.log))
		return res, nil
	}
	res.Changes = slices.Clone(c.log[max(0, told-3, c.swept):]) // looks back a little
	if c.shuffle != nil {
		res.Changes = c.shuffle(res.Changes)
	}
	res.NextPageToken, res.CaughtUp = fmt.Sprint(c.key, len(c.log)), true
	return res, nil
}

func (c *catalog) GetProductViews(_ context.Context, req *catalogv1.GetProductViewsRequest) (*catalogv1.GetProductViewsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return nil, fault.New(fault.StoreUnavailable)
	}
	c.clock++
	res := &catalogv1.GetProductViewsResponse{}
	for _, id := range req.GetProductIds() {
		if v, ok := c.views[id]; ok {
			v = proto.CloneOf(v)
			v.ReadVersion = c.clock
			res.Views = append(res.Views, v)
			c.reads++
		}
	}
	return res, nil
}

// shelf is the category tree: food over fruit and drinks, home beside it.
type shelf struct {
	catalogv1connect.UnimplementedCatalogServiceHandler
}

func (shelf) ListCategories(context.Context, *catalogv1.ListCategoriesRequest) (*catalogv1.ListCategoriesResponse, error) {
	c := func(id, parent, ja, en string) *catalogv1.Category {
		return &catalogv1.Category{CategoryId: id, ParentId: parent, Title: &typev1.LocalisedText{Ja: ja, En: en}}
	}
	return &catalogv1.ListCategoriesResponse{Categories: []*catalogv1.Category{
		c("food", "", "食品", "Food"), c("fruit", "food", "果物", "Fruit"), c("drinks", "food", "飲料", "Drinks"), c("home", "", "日用品", "Home"),
	}}, nil
}

// idOf is a product's id of its short name.
func idOf(name string) string { return "prd_" + name + strings.Repeat("a", 26-len(name)) }

// product is a live product in one variant.
func product(name, ja, en, category string, price int64, change ...func(*catalogv1.ProductView)) *catalogv1.ProductView {
	v := &catalogv1.ProductView{Product: &catalogv1.Product{
		ProductId: idOf(name), MerchantId: "m_aozora", Title: &typev1.LocalisedText{Ja: ja, En: en}, CategoryIds: []string{category},
		Variants: []*catalogv1.Variant{{Sku: "sku_" + name, Price: yen(price)}}, State: catalogv1.State_STATE_LIVE,
	}}
	for _, f := range change {
		f(v)
	}
	return v
}

// offered puts a product on offer between two times, with so many members.
func offered(price int64, begin, end time.Time, members int64) func(*catalogv1.ProductView) {
	return func(v *catalogv1.ProductView) {
		id := "cmp_" + v.GetProduct().GetProductId()
		v.Campaigns = append(v.Campaigns, &catalogv1.Campaign{
			CampaignId: id, StartTime: timestamppb.New(begin), EndTime: timestamppb.New(end),
			Tiers: []*catalogv1.Tier{{Size: 2, UnitPrice: yen(price + 100)}, {Size: 5, UnitPrice: yen(price)}},
		})
		v.Heats = append(v.Heats, &catalogv1.Heat{CampaignId: id, OpenGroups: 2, Members: members})
	}
}

func soldOut(v *catalogv1.ProductView) {
	v.StockLevels = []*catalogv1.StockLevel{{Sku: v.GetProduct().GetVariants()[0].GetSku(), Level: catalogv1.Level_LEVEL_SOLD_OUT, Version: 1}}
}

func ask(query string) *searchv1.SearchRequest { return &searchv1.SearchRequest{Query: query} }

// stall is what most tests look at.
func stall() []*catalogv1.ProductView {
	now := time.Now()
	return []*catalogv1.ProductView{
		product("fuji", "青森県産 サンふじ りんご 5kg", "Aomori Fuji apples", "fruit", 3680, offered(2980, now.Add(-time.Hour), now.Add(100*time.Hour), 40)),
		product("orin", "王林 林檎", "Orin apples", "fruit", 2480),
		product("juice", "りんごジュース 1L", "Apple juice", "drinks", 980, soldOut),
		product("muscat", "シャインマスカット 2房", "Shine Muscat grapes", "fruit", 4980),
		product("towel", "今治タオル", "Imabari towel", "home", 1980, func(v *catalogv1.ProductView) { v.Product.MerchantId = "m_kyoto" }),
	}
}
