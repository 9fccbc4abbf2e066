package main

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

// Who tests call as.
var (
	hanako   = testenv.User{ID: "hanako"}
	guest    = testenv.User{ID: "anon", Guest: true}
	minori   = testenv.User{ID: "keeper_minori", MerchantID: "m_minori"}
	denki    = testenv.User{ID: "keeper_denki", MerchantID: "m_denki"}
	operator = testenv.User{ID: "operator", Operator: true}
)

// shop is a running catalog with a database of its own.
type shop struct {
	*testenv.World
	t    testing.TB
	ctx  context.Context
	base string
	db   *firestore.Client
}

// open starts catalog with the category tree food > rice.
func open(t *testing.T) *shop {
	t.Helper()
	t.Parallel()
	return opened(t)
}

// opened is open for a test that cannot run beside others.
func opened(t testing.TB) *shop {
	t.Helper()
	w := testenv.New(t, "catalog")
	w.Set("FIRESTORE_DATABASE", "catalog")
	w.Set("MEDIA_BUCKET", w.Project()+"-media")
	w.Set("STORAGE_EMULATOR_HOST", os.Getenv("STORAGE_EMULATOR_HOST"))
	s := &shop{World: w, t: t, ctx: t.Context(), base: testenv.Serve(w, run)}
	db, err := firedb.Open(s.ctx, w.Project(), "catalog")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s.db = db
	s.category("food", "")
	s.category("rice", "food")
	return s
}

func (s *shop) public(h *http.Client) catalogv1connect.CatalogServiceClient {
	return catalogv1connect.NewCatalogServiceClient(h, s.base)
}

func (s *shop) admin(u testenv.User) catalogv1connect.CatalogAdminServiceClient {
	return catalogv1connect.NewCatalogAdminServiceClient(s.As(u), s.base)
}

func (s *shop) internal(identity string) catalogv1connect.CatalogInternalServiceClient {
	return catalogv1connect.NewCatalogInternalServiceClient(s.AsService(identity), s.base)
}

func (s *shop) category(id, parent string) {
	s.t.Helper()
	_, err := s.admin(operator).PutCategory(s.ctx, &catalogv1.PutCategoryRequest{
		Category: &catalogv1.Category{CategoryId: id, ParentId: parent, Title: &typev1.LocalisedText{Ja: id}}, Reason: "test",
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// product is a product with every field set, and two variants.
func (s *shop) product(change ...func(*catalogv1.Product)) *catalogv1.Product {
	p := &catalogv1.Product{
		Title:       &typev1.LocalisedText{Ja: "魚沼産コシヒカリ", En: "Uonuma rice"},
		Description: &typev1.LocalisedText{Ja: "新米です。", En: "New rice."},
		CategoryIds: []string{"rice", "food"},
		Variants: []*catalogv1.Variant{
			{Options: map[string]string{"内容量": "2kg"}, Price: yen(2180), TaxPercent: 8, MerchantCode: "K-2"},
			{Options: map[string]string{"内容量": "5kg"}, Price: yen(4980), TaxPercent: 8, MerchantCode: "K-5"},
		},
		Attributes: map[string]string{"産地": "新潟県"},
		State:      catalogv1.State_STATE_LIVE,
	}
	for _, f := range change {
		f(p)
	}
	return p
}

func draft(p *catalogv1.Product) { p.State = catalogv1.State_STATE_DRAFT }

// sell creates a product of minori's.
func (s *shop) sell(requestID string, change ...func(*catalogv1.Product)) *catalogv1.Product {
	s.t.Helper()
	res, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: requestID, Product: s.product(change...), Reason: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return res.GetProduct()
}

// campaign is an offer on p's first variant, live for a week.
func (s *shop) campaign(p *catalogv1.Product, change ...func(*catalogv1.Campaign)) *catalogv1.Campaign {
	now := s.Clock().Now()
	c := &catalogv1.Campaign{
		ProductId: p.GetProductId(), Title: &typev1.LocalisedText{Ja: "みんなで新米", En: "Rice together"},
		Skus: []string{p.GetVariants()[0].GetSku()}, MinSize: 2, MaxSize: 10,
		Tiers:  []*catalogv1.Tier{{Size: 2, UnitPrice: yen(1980)}, {Size: 5, UnitPrice: yen(1780)}},
		Window: durationpb.New(12 * time.Hour), MaxUnitsPerOrder: 3, MaxUnitsPerCustomer: 5,
		StartTime: timestamppb.New(now.Add(-time.Hour)), EndTime: timestamppb.New(now.Add(7 * 24 * time.Hour)),
		State: catalogv1.State_STATE_LIVE,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// offer creates a campaign of minori's.
func (s *shop) offer(requestID string, p *catalogv1.Product, change ...func(*catalogv1.Campaign)) *catalogv1.Campaign {
	s.t.Helper()
	res, err := s.admin(minori).CreateCampaign(s.ctx, &catalogv1.CreateCampaignRequest{RequestId: requestID, Campaign: s.campaign(p, change...), Reason: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return res.GetCampaign()
}

// doc reads a stored document, nil when there is none.
func (s *shop) doc(path string) map[string]any {
	s.t.Helper()
	snap, err := s.db.Doc(path).Get(s.ctx)
	if firedb.Absent(err) {
		return nil
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return snap.Data()
}

// count tells how many documents a collection has.
func (s *shop) count(collection string) int {
	s.t.Helper()
	snaps, err := s.db.Collection(collection).Documents(s.ctx).GetAll()
	if err != nil {
		s.t.Fatal(err)
	}
	return len(snaps)
}

// refused fails the test unless err is a refusal for that reason.
func refused(t *testing.T, err error, want fault.Reason) {
	t.Helper()
	if got := fault.ReasonOf(err); got != want {
		t.Errorf("refused with %q (%v), want %q", got, err, want)
	}
}

func yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }

// create asks for a product, in the name of a merchant.
func create(s *shop, c catalogv1connect.CatalogAdminServiceClient, merchantID string) error {
	_, err := c.CreateProduct(s.ctx, &catalogv1.CreateProductRequest{
		RequestId: "policy", Product: s.product(func(p *catalogv1.Product) { p.MerchantId = merchantID }), Reason: "test",
	})
	return err
}

// deleteAll empties a collection.
func deleteAll(s *shop, collection string) error {
	snaps, err := s.db.Collection(collection).Documents(s.ctx).GetAll()
	if err != nil {
		return err
	}
	for _, snap := range snaps {
		if _, err := snap.Ref.Delete(s.ctx); err != nil {
			return err
		}
	}
	return nil
}
