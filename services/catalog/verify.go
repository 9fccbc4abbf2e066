package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/category"
	"github.com/issho-shop/issho/services/catalog/internal/deal"
	"github.com/issho-shop/issho/services/catalog/internal/heat"
	"github.com/issho-shop/issho/services/catalog/internal/level"
	"github.com/issho-shop/issho/services/catalog/internal/media"
	"github.com/issho-shop/issho/services/catalog/internal/merchant"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// Verify checks, at one moment, that copies equal their source, that nothing points at nothing, and that every version of
// everything was audited.
func (s *catalogServer) Verify(ctx context.Context, _ *catalogv1.VerifyRequest) (*catalogv1.VerifyResponse, error) {
	var all shelf
	if err := firedb.Snapshot(ctx, s.db, func(tx *firestore.Transaction) error { return all.read(tx, s.db) }); err != nil {
		return nil, err
	}
	return &catalogv1.VerifyResponse{Findings: []*typev1.Finding{all.views(), all.audited(), all.orphans()}}, nil
}

// shelf is everything that is stored.
type shelf struct {
	products   map[string]product.Product
	variants   map[string]product.Priced
	campaigns  []campaign.Campaign
	categories category.Tree
	levels     []level.Level
	groups     []heat.Group
	deals      []deal.Deal
	merchants  []merchant.Merchant
	heats      map[string]heat.Heat
	pictures   []media.Media
	entries    map[string]int64 // audit entries by subject
	newest     map[string]int64 // and their highest version
}

func (a *shelf) read(tx *firestore.Transaction, c *firestore.Client) error {
	products, err := product.Products(tx, c)
	if err != nil {
		return err
	}
	variants, err := product.AllVariants(tx, c)
	if err != nil {
		return err
	}
	a.products, a.variants = map[string]product.Product{}, map[string]product.Priced{}
	for _, p := range products {
		a.products[p.ID] = p
	}
	for _, v := range variants {
		a.variants[v.SKU] = v
	}
	if a.campaigns, err = campaign.Campaigns(tx, c); err != nil {
		return err
	}
	if a.categories, err = category.Categories(tx, c); err != nil {
		return err
	}
	if a.levels, err = level.Levels(tx, c); err != nil {
		return err
	}
	if a.groups, a.heats, err = heat.Known(tx, c); err != nil {
		return err
	}
	if a.deals, err = deal.Deals(tx, c); err != nil {
		return err
	}
	if a.merchants, err = merchant.Merchants(tx, c); err != nil {
		return err
	}
	if a.pictures, err = media.All(tx, c); err != nil {
		return err
	}
	a.entries, a.newest, err = audit.Versions(tx, c)
	return err
}

// views: what is copied or counted is as its source says; what checkout reads of a variant is what its product says, and nothing more is live.
func (a *shelf) views() *typev1.Finding {
	f := &typev1.Finding{Invariant: "I15 views"}
	for _, p := range a.products {
		for _, want := range p.Priced(product.Product{}) {
			f.Checked++
			got, ok := a.variants[want.SKU]
			if !ok || got.Live != want.Live || !same(got, want) {
				violation(f, "variants/%s is not as in products/%s", want.SKU, p.ID)
			}
		}
	}
	for sku, v := range a.variants {
		if v.Live && !slices.Contains(a.products[v.ProductID].SKUs(), sku) {
			violation(f, "variants/%s is live, products/%s has no such variant", sku, v.ProductID)
		}
	}
	for _, l := range a.levels {
		if f.Checked++; a.variants[l.SKU].ProductID != l.ProductID {
			violation(f, "levels/%s is of products/%s, which never had it", l.SKU, l.ProductID)
		}
	}
	a.counts(f)
	a.discounts(f)
	return f
}

// counts: a campaign is as hot as its groups make it.
func (a *shelf) counts(f *typev1.Finding) {
	want := heat.Sum(a.groups)
	for id, got := range a.heats {
		if _, ok := want[id]; !ok {
			want[id] = heat.Heat{CampaignID: id}
		}
		if f.Checked++; got != want[id] {
			violation(f, "heat/%s says %d open groups and %d members, its groups %d and %d",
				id, got.OpenGroups, got.Members, want[id].OpenGroups, want[id].Members)
		}
	}
}

// discounts: a price of a deal stands in the product only while the deal is not taken back.
func (a *shelf) discounts(f *typev1.Finding) {
	live := map[string]bool{}
	for _, d := range a.deals {
		live[d.ID] = d.State == deal.Live
	}
	for _, p := range a.products {
		for _, v := range p.Variants {
			for _, w := range v.Windows {
				if f.Checked++; w.DealID != "" && !live[w.DealID] {
					violation(f, "products/%s has a price of deals/%s, which is not live", p.ID, w.DealID)
				}
			}
		}
	}
}

// audited: each thing has as many audit entries as versions.
func (a *shelf) audited() *typev1.Finding {
	f := &typev1.Finding{Invariant: "I21 audit"}
	check := func(subject string, version int64) {
		f.Checked++
		if a.entries[subject] != version || a.newest[subject] != version {
			violation(f, "%s has version %d, and %d audit entries up to %d", subject, version, a.entries[subject], a.newest[subject])
		}
	}
	for _, p := range a.products {
		check("product/"+p.ID, p.Version)
	}
	for _, c := range a.campaigns {
		check("campaign/"+c.ID, c.Version)
	}
	for _, d := range a.deals {
		check("deal/"+d.ID, d.Version)
	}
	for _, m := range a.merchants {
		check("merchant/"+m.ID, m.Version)
	}
	for _, c := range a.categories {
		check("category/"+c.ID, c.Version)
	}
	return f
}

// orphans: products hang in categories, campaigns in products, categories in their tree.
func (a *shelf) orphans() *typev1.Finding {
	f := &typev1.Finding{Invariant: "I22 no orphans"}
	for _, p := range a.products {
		f.Checked++
		if a.categories.Has(p.CategoryIDs) != nil {
			violation(f, "products/%s hangs in a category that is absent", p.ID)
		}
	}
	for _, c := range a.campaigns {
		f.Checked++
		if p, ok := a.products[c.ProductID]; !ok || p.MerchantID != c.MerchantID {
			violation(f, "campaigns/%s offers products/%s, absent or another merchant's", c.ID, c.ProductID)
		}
		for _, sku := range c.SKUs {
			if a.variants[sku].ProductID != c.ProductID {
				violation(f, "campaigns/%s offers variants/%s, absent or another product's", c.ID, sku)
			}
		}
	}
	for _, c := range a.categories {
		f.Checked++
		if a.categories.Check(c) != nil {
			violation(f, "categories/%s has no parent, or a circle above", c.ID)
		}
	}
	a.unhung(f)
	return f
}

// unhung: a picture hangs where it says, and only there, both ways.
func (a *shelf) unhung(f *typev1.Finding) {
	hangs := map[string]string{}
	for _, p := range a.products {
		for _, id := range p.MediaIDs() {
			hangs[id] = p.ID
		}
	}
	for _, m := range a.pictures {
		if f.Checked++; hangs[m.ID] != m.ProductID || (m.ExpireAt == nil) != (m.ProductID != "") {
			violation(f, "media/%s says that it hangs on products/%s, and hangs on products/%s", m.ID, m.ProductID, hangs[m.ID])
		}
		delete(hangs, m.ID)
	}
	for id, p := range hangs {
		violation(f, "products/%s shows media/%s, which is absent", p, id)
	}
}

// same tells whether two copies of a variant say the same, prices to come included.
func same(a, b product.Priced) bool {
	now := time.Now()
	return proto.Equal(fromPriced(a, now), fromPriced(b, now)) && a.Price == b.Price &&
		slices.EqualFunc(a.Windows, b.Windows, product.Window.Same)
}

// violation counts one and spells out the first twenty.
func violation(f *typev1.Finding, format string, args ...any) {
	f.ViolationCount++
	if len(f.Violations) < 20 {
		f.Violations = append(f.Violations, fmt.Sprintf(format, args...))
	}
}
