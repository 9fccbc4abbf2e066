package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

func TestGetVariants(t *testing.T) {
	s := open(t)
	p, q, hidden := s.sell("r1"), s.sell("r2"), s.sell("r3", draft)
	skus := []string{
		q.GetVariants()[1].GetSku(), "sku_aaaaaaaaaaaaaaaaaaaaaaaaaa", hidden.GetVariants()[0].GetSku(), p.GetVariants()[0].GetSku(),
	}
	for _, identity := range []string{"order", "cart"} {
		res, err := s.internal(identity).GetVariants(s.ctx, &catalogv1.GetVariantsRequest{Skus: skus})
		if err != nil {
			t.Fatal(err)
		}
		want := []*catalogv1.PricedVariant{priced(q, 1), priced(p, 0)}
		if diff := cmp.Diff(want, res.GetVariants(), protocmp.Transform()); diff != "" {
			t.Errorf("variants for %s (-want +got):\n%s", identity, diff)
		}
		if !res.GetReadTime().IsValid() || res.GetReadTime().GetSeconds() == 0 {
			t.Errorf("read time = %v", res.GetReadTime())
		}
	}
	_, err := s.internal("reward").GetVariants(s.ctx, &catalogv1.GetVariantsRequest{Skus: skus})
	refused(t, err, fault.CallerNotAllowed)
	_, err = s.internal("order").GetVariants(s.ctx, &catalogv1.GetVariantsRequest{Skus: []string{skus[0], skus[0]}})
	refused(t, err, fault.FieldInvalid)
	_, err = s.internal("order").GetVariants(s.ctx, &catalogv1.GetVariantsRequest{})
	refused(t, err, fault.FieldInvalid)
}
