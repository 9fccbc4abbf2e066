package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestPutMerchant(t *testing.T) {
	s := open(t)
	put := func(u testenv.User, m *catalogv1.Merchant) (*catalogv1.Merchant, error) {
		res, err := s.admin(u).PutMerchant(s.ctx, &catalogv1.PutMerchantRequest{Merchant: m, Reason: "test"})
		return res.GetMerchant(), err
	}
	m := &catalogv1.Merchant{MerchantId: "m_minori", Title: &typev1.LocalisedText{Ja: "みのり農園", En: "Minori Farm"}}
	first, err := put(minori, m)
	if err != nil {
		t.Fatal(err)
	}
	_, err = put(minori, m) // without its etag
	refused(t, err, fault.Conflict)
	first.Title.En = "Minori"
	second, err := put(operator, first)
	if err != nil || second.GetVersion() != 2 {
		t.Fatalf("second = %v, %v", second, err)
	}
	_, err = put(minori, first) // the operator was faster
	refused(t, err, fault.Conflict)
	_, err = put(denki, second)
	refused(t, err, fault.NotFound)
	_, err = put(hanako, second)
	refused(t, err, fault.CallerNotAllowed)
	got, err := s.public(s.As(guest)).GetMerchant(s.ctx, &catalogv1.GetMerchantRequest{MerchantId: "m_minori"})
	if diff := cmp.Diff(second, got.GetMerchant(), protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("merchant: %v (-want +got):\n%s", err, diff)
	}
	_, err = s.public(s.As(guest)).GetMerchant(s.ctx, &catalogv1.GetMerchantRequest{MerchantId: "m_denki"})
	refused(t, err, fault.NotFound)
	s.sell("r1") // so that verify has something to look at
	s.verified()
}
