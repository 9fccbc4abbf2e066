package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
)

func TestGetLines(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(hanako, tea, 2)
	w.catalog.setDown(true)
	tests := []struct {
		owner string
		want  *cartv1.GetLinesResponse
	}{
		{"hanako", &cartv1.GetLinesResponse{Version: 1, Lines: []*cartv1.Line{{Sku: tea, Quantity: 2, UnitPriceWhenAdded: yen(500)}}}},
		{"nobody", &cartv1.GetLinesResponse{}},
	}
	for _, tt := range tests {
		got, err := w.service("order").GetLines(t.Context(), &cartv1.GetLinesRequest{CustomerId: tt.owner})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got, protocmp.Transform()); diff != "" {
			t.Errorf("lines of %s (-want +got):\n%s", tt.owner, diff)
		}
	}
	_, err := w.service("payment").GetLines(t.Context(), &cartv1.GetLinesRequest{CustomerId: "hanako"})
	wantReason(t, err, fault.CallerNotAllowed)
}
