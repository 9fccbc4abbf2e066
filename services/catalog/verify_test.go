package main

import (
	"strings"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// violations answers what Verify finds, by invariant.
func (s *shop) violations() map[string][]string {
	s.t.Helper()
	res, err := s.internal("ops").Verify(s.ctx, &catalogv1.VerifyRequest{})
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string][]string{}
	for _, f := range res.GetFindings() {
		if f.GetChecked() == 0 && s.count("products") > 0 {
			s.t.Errorf("%s looked at nothing", f.GetInvariant())
		}
		out[f.GetInvariant()] = f.GetViolations()
	}
	return out
}

// verified fails the test unless all invariants hold.
func (s *shop) verified() {
	s.t.Helper()
	for invariant, found := range s.violations() {
		if len(found) > 0 {
			s.t.Errorf("%s: %v", invariant, found)
		}
	}
}

func TestVerify(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	c := s.offer("c1", p)
	s.verified()
	sku := p.GetVariants()[0].GetSku()
	for _, test := range []struct {
		name, doc, field string
		value            any
		invariant, says  string
	}{
		{"price differs", "variants/" + sku, "price.Amount", 1, "I15 views", sku},
		{"copy is not live", "variants/" + sku, "live", false, "I15 views", sku},
		{"another product's variant", "variants/" + sku, "product_id", "prd_x", "I22 no orphans", sku},
		{"version without audit", "products/" + p.GetProductId(), "version", 2, "I21 audit", p.GetProductId()},
		{"category gone", "products/" + p.GetProductId(), "category_ids", []string{"gold"}, "I22 no orphans", p.GetProductId()},
		{"product gone", "campaigns/" + c.GetCampaignId(), "product_id", "prd_x", "I22 no orphans", c.GetCampaignId()},
		{"parent gone", "categories/rice", "parent_id", "gold", "I22 no orphans", "rice"},
		{"a circle", "categories/food", "parent_id", "rice", "I22 no orphans", "food"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := s.doc(test.doc)
			if _, err := s.db.Doc(test.doc).Update(s.ctx, []firestore.Update{{Path: test.field, Value: test.value}}); err != nil {
				t.Fatal(err)
			}
			found := strings.Join(s.violations()[test.invariant], "; ")
			if !strings.Contains(found, test.says) {
				t.Errorf("%s found %q, want it to name %s", test.invariant, found, test.says)
			}
			if _, err := s.db.Doc(test.doc).Set(s.ctx, before); err != nil {
				t.Fatal(err)
			}
			s.verified()
		})
	}
	_, err := s.internal("order").Verify(s.ctx, &catalogv1.VerifyRequest{})
	refused(t, err, fault.CallerNotAllowed)
}
