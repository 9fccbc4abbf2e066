package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

func TestGetOwners(t *testing.T) {
	s := open(t)
	live, hidden := s.sell("r1").GetVariants()[0].GetSku(), s.sell("r2", draft).GetVariants()[0].GetSku()
	ask := &catalogv1.GetOwnersRequest{Skus: []string{hidden, "sku_aaaaaaaaaaaaaaaaaaaaaaaaaa", live}}
	res, err := s.internal("order").GetOwners(s.ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	merchant := priced(s.sell("r3"), 0).GetMerchantId()
	want := []*catalogv1.Owner{{Sku: hidden, MerchantId: merchant}, {Sku: live, MerchantId: merchant}}
	if diff := cmp.Diff(want, res.GetOwners(), protocmp.Transform()); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	_, err = s.internal("cart").GetOwners(s.ctx, ask)
	refused(t, err, fault.CallerNotAllowed)
}
