package main

import (
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

func TestCreateProduct(t *testing.T) {
	s := open(t)
	got := s.sell("r1")

	want := s.product()
	want.ProductId, want.MerchantId, want.Version, want.Etag, want.UpdateTime = got.GetProductId(), "m_minori", 1, got.GetEtag(), got.GetUpdateTime()
	for i, v := range want.GetVariants() {
		v.Sku, v.CurrentPrice = got.GetVariants()[i].GetSku(), v.GetPrice()
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("product (-want +got):\n%s", diff)
	}
	sku := got.GetVariants()[1].GetSku()
	variant := map[string]any{
		"sku": sku, "product_id": got.GetProductId(), "merchant_id": "m_minori", "live": true, "product_version": int64(1),
		"title": map[string]any{"ja": "魚沼産コシヒカリ", "en": "Uonuma rice"}, "options": map[string]any{"内容量": "5kg"},
		"price": map[string]any{"Amount": int64(4980), "Currency": "JPY"}, "tax_percent": int64(8), "windows": nil,
	}
	if diff := cmp.Diff(variant, s.doc("variants/"+sku)); diff != "" {
		t.Errorf("variants document (-want +got):\n%s", diff)
	}
	if c := s.doc("changes/" + got.GetProductId()); c["cause"] != "product/"+got.GetProductId()+"@1" || c["changed_at"] == nil {
		t.Errorf("changes document = %v", c)
	}
	a := s.doc("audit/product:" + got.GetProductId() + "@1")
	if a["actor"] != "user/keeper_minori" || a["reason"] != "test" || a["to"] != "LIVE" || a["request_id"] != "r1" ||
		a["method"] != "/issho.catalog.v1.CatalogAdminService/CreateProduct" {
		t.Errorf("audit document = %v", a)
	}
}

func TestCreateProductTrace(t *testing.T) {
	s := open(t)
	ctx, call := connect.NewClientContext(s.ctx)
	call.RequestHeader().Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	res, err := s.admin(minori).CreateProduct(ctx, &catalogv1.CreateProductRequest{RequestId: "r1", Product: s.product(), Reason: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.doc("audit/product:" + res.GetProduct().GetProductId() + "@1"); a["trace"] != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("the audit remembers trace %v, want the caller's", a["trace"])
	}
}

func TestCreateProductAgain(t *testing.T) {
	s := open(t)
	first := s.sell("r1")
	again := s.sell("r1")
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Errorf("the repeat differs (-first +again):\n%s", diff)
	}
	if n := s.count("products"); n != 1 {
		t.Errorf("%d products are stored, want 1", n)
	}
	_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{
		RequestId: "r1", Product: s.product(func(p *catalogv1.Product) { p.Variants[0].Price = yen(1) }), Reason: "test",
	})
	refused(t, err, fault.RequestIDReused)
	if other := s.sell("r2"); other.GetProductId() == first.GetProductId() {
		t.Error("another request id made the same product")
	}
	res, err := s.admin(denki).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: "r1", Product: s.product(), Reason: "test"})
	if err != nil || res.GetProduct().GetProductId() == first.GetProductId() {
		t.Errorf("another caller's r1: %v, %v; want a product of its own", res, err)
	}
}

func TestCreateProductAgainAfterSevenDays(t *testing.T) {
	s := open(t)
	first := s.sell("r1")
	if err := deleteAll(s, "requests"); err != nil {
		t.Fatal(err)
	}
	if again := s.sell("r1"); again.GetProductId() != first.GetProductId() {
		t.Errorf("the repeat made %s, want %s", again.GetProductId(), first.GetProductId())
	}
}

func TestCreateProductAtOnce(t *testing.T) {
	s := open(t)
	answers := make(chan error)
	for range 4 {
		go func() {
			_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{RequestId: "r1", Product: s.product(), Reason: "test"})
			answers <- err
		}()
	}
	done := 0
	for range 4 {
		err := <-answers
		if err == nil {
			done++
			continue
		}
		refused(t, err, fault.RequestInFlight)
	}
	if done == 0 || s.count("products") != 1 || s.count("variants") != 2 {
		t.Errorf("%d requests were done, %d products and %d variants stored; want at least 1, 1 and 2", done, s.count("products"), s.count("variants"))
	}
}

func TestCreateProductRefused(t *testing.T) {
	s := open(t)
	tests := map[string]struct {
		change func(*catalogv1.CreateProductRequest)
		want   fault.Reason
	}{
		"no request id":    {func(r *catalogv1.CreateProductRequest) { r.RequestId = "" }, fault.RequestIDMissing},
		"no reason":        {func(r *catalogv1.CreateProductRequest) { r.Reason = "" }, fault.FieldInvalid},
		"free":             {func(r *catalogv1.CreateProductRequest) { r.Product.Variants[1].Price = yen(0) }, fault.FieldInvalid},
		"in dollars":       {func(r *catalogv1.CreateProductRequest) { r.Product.Variants[0].Price.Currency = "USD" }, fault.FieldInvalid},
		"tax of 5%":        {func(r *catalogv1.CreateProductRequest) { r.Product.Variants[0].TaxPercent = 5 }, fault.FieldInvalid},
		"no variants":      {func(r *catalogv1.CreateProductRequest) { r.Product.Variants = nil }, fault.FieldInvalid},
		"own SKU":          {func(r *catalogv1.CreateProductRequest) { r.Product.Variants[0].Sku = "sku_aaaaaaaaaaaaaaaaaaaaaaaaaa" }, fault.FieldInvalid},
		"unknown category": {func(r *catalogv1.CreateProductRequest) { r.Product.CategoryIds = []string{"rice", "gold"} }, fault.FieldInvalid},
		"reserved name": {func(r *catalogv1.CreateProductRequest) {
			r.Product.Attributes = map[string]string{"__産地__": "新潟県"}
		}, fault.FieldInvalid},
		"reserved option": {func(r *catalogv1.CreateProductRequest) {
			r.Product.Variants = r.Product.GetVariants()[:1]
			r.Product.Variants[0].Options = map[string]string{"__a__": "b"}
		}, fault.FieldInvalid},
		"no title": {func(r *catalogv1.CreateProductRequest) { r.Product.Title = nil }, fault.FieldInvalid},
	}
	before := s.count("audit")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req := &catalogv1.CreateProductRequest{RequestId: "r1", Product: s.product(), Reason: "test"}
			test.change(req)
			_, err := s.admin(minori).CreateProduct(s.ctx, req)
			refused(t, err, test.want)
		})
	}
	if s.count("products") != 0 || s.count("variants") != 0 || s.count("requests") != 0 || s.count("audit") != before {
		t.Error("a refused request left something behind")
	}
}

func TestCreateProductPolicy(t *testing.T) {
	s := open(t)
	for _, u := range []struct {
		name string
		err  error
		want fault.Reason
	}{
		{"customer", create(s, s.admin(hanako), ""), fault.CallerNotAllowed},
		{"guest", create(s, s.admin(guest), ""), fault.CallerNotAllowed},
		{"operator who names nobody", create(s, s.admin(operator), ""), fault.FieldInvalid},
		{"operator for a merchant", create(s, s.admin(operator), "m_denki"), ""},
		{"merchant in another's name", create(s, s.admin(minori), "m_denki"), ""},
	} {
		t.Run(u.name, func(t *testing.T) { refused(t, u.err, u.want) })
	}
	docs, err := s.db.Collection("products").Where("merchant_id", "==", "m_denki").Documents(s.ctx).GetAll()
	if err != nil || len(docs) != 1 {
		t.Errorf("m_denki has %d products (%v), want only the operator's", len(docs), err)
	}
}
