package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func (s *shop) update(u testenv.User, p *catalogv1.Product) (*catalogv1.Product, error) {
	res, err := s.admin(u).UpdateProduct(s.ctx, &catalogv1.UpdateProductRequest{Product: p, Reason: "new price"})
	return res.GetProduct(), err
}

func TestUpdateProduct(t *testing.T) {
	s := open(t)
	first := s.sell("r1")
	change := proto.CloneOf(first)
	change.MerchantId = "m_denki" // ignored
	change.Variants = slices.Delete(change.Variants, 0, 1)
	change.Variants[0].Price = yen(4780)
	change.Variants = append(change.Variants, &catalogv1.Variant{Options: map[string]string{"内容量": "10kg"}, Price: yen(9480), TaxPercent: 8})

	got, err := s.update(minori, change)
	if err != nil {
		t.Fatal(err)
	}
	want := proto.CloneOf(change)
	want.MerchantId, want.Version, want.Etag, want.UpdateTime = "m_minori", 2, got.GetEtag(), got.GetUpdateTime()
	want.Variants[1].Sku = got.GetVariants()[1].GetSku()
	for _, v := range want.GetVariants() {
		v.CurrentPrice = v.GetPrice()
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("product (-want +got):\n%s", diff)
	}
	if got.GetEtag() == first.GetEtag() || got.GetVariants()[1].GetSku() == "" {
		t.Errorf("etag %q and new SKU %q, want both new", got.GetEtag(), got.GetVariants()[1].GetSku())
	}
	stored, err := s.public(s.As(hanako)).GetProduct(s.ctx, &catalogv1.GetProductRequest{ProductId: first.GetProductId()})
	if diff := cmp.Diff(got, stored.GetProduct(), protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("stored product: %v (-answered +stored):\n%s", err, diff)
	}
	gone, kept := s.doc("variants/"+first.GetVariants()[0].GetSku()), s.doc("variants/"+first.GetVariants()[1].GetSku())
	if gone["live"] != false || kept["live"] != true || kept["product_version"] != int64(2) {
		t.Errorf("the variant that left: %v\nthe one that stayed: %v", gone, kept)
	}
	if c := s.doc("changes/" + got.GetProductId()); c["cause"] != "product/"+got.GetProductId()+"@2" {
		t.Errorf("changes document = %v", c)
	}
	if a := s.doc("audit/product:" + got.GetProductId() + "@2"); a["from"] != "LIVE" || a["to"] != "LIVE" || a["reason"] != "new price" {
		t.Errorf("audit document = %v", a)
	}
	s.verified()
}

func TestUpdateProductStale(t *testing.T) {
	s := open(t)
	first := s.sell("r1")
	if _, err := s.update(minori, first); err != nil {
		t.Fatal(err)
	}
	_, err := s.update(minori, first)
	refused(t, err, fault.Conflict)
	first.Etag = ""
	_, err = s.update(minori, first)
	refused(t, err, fault.Conflict)
}

func TestUpdateProductAtOnce(t *testing.T) {
	s := open(t)
	first := s.sell("r1")
	answers := make(chan error)
	for range 4 {
		go func() {
			_, err := s.update(minori, first)
			answers <- err
		}()
	}
	done := 0
	for range 4 {
		if err := <-answers; err == nil {
			done++
		} else {
			refused(t, err, fault.Conflict)
		}
	}
	if done != 1 {
		t.Errorf("%d of 4 changes built on the same version, want 1", done)
	}
	s.verified()
}

func TestUpdateProductRefused(t *testing.T) {
	s := open(t)
	mine, sister := s.sell("r1"), s.sell("r2")
	ended := s.sell("r3", func(p *catalogv1.Product) { p.State = catalogv1.State_STATE_ENDED })
	tests := map[string]struct {
		who    testenv.User
		of     *catalogv1.Product
		change func(*catalogv1.Product)
		want   fault.Reason
	}{
		"absent":               {minori, mine, func(p *catalogv1.Product) { p.ProductId = "prd_aaaaaaaaaaaaaaaaaaaaaaaaaa" }, fault.NotFound},
		"no id":                {minori, mine, func(p *catalogv1.Product) { p.ProductId = "" }, fault.NotFound},
		"another merchant's":   {denki, mine, func(*catalogv1.Product) {}, fault.NotFound},
		"customer":             {hanako, mine, func(*catalogv1.Product) {}, fault.CallerNotAllowed},
		"a sister's SKU":       {minori, mine, func(p *catalogv1.Product) { p.Variants[0].Sku = sister.GetVariants()[0].GetSku() }, fault.FieldInvalid},
		"a SKU twice":          {minori, mine, func(p *catalogv1.Product) { p.Variants[1].Sku = p.Variants[0].GetSku() }, fault.FieldInvalid},
		"ended, live again":    {minori, ended, func(p *catalogv1.Product) { p.State = catalogv1.State_STATE_LIVE }, fault.FieldInvalid},
		"unknown category":     {minori, mine, func(p *catalogv1.Product) { p.CategoryIds = []string{"gold"} }, fault.FieldInvalid},
		"free":                 {minori, mine, func(p *catalogv1.Product) { p.Variants[0].Price = yen(0) }, fault.FieldInvalid},
		"id that is no such":   {minori, mine, func(p *catalogv1.Product) { p.ProductId = "a/b" }, fault.FieldInvalid},
		"operator for another": {operator, sister, func(*catalogv1.Product) {}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := proto.CloneOf(test.of)
			test.change(p)
			_, err := s.update(test.who, p)
			refused(t, err, test.want)
		})
	}
	if p := s.doc("products/" + mine.GetProductId()); p["version"] != int64(1) {
		t.Errorf("version %v after refused changes, want 1", p["version"])
	}
}
