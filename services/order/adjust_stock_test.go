package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestAdjustStock(t *testing.T) {
	t.Parallel()
	s := open(t)
	sku := id.New("sku")
	s.own(sku, "m_1")
	merchant := s.admin(testenv.User{ID: "staff", MerchantID: "m_1"})
	adjust := func(delta, sequence int64) (*orderv1.Stock, error) {
		res, err := merchant.AdjustStock(t.Context(), &orderv1.AdjustStockRequest{Sku: sku, Delta: delta, Sequence: sequence, Reason: "delivery"})
		return res.GetStock(), err
	}
	for _, step := range []struct{ delta, sequence, want int64 }{{10, 5, 10}, {10, 5, 10}, {99, 4, 10}, {-3, 6, 7}} {
		got, err := adjust(step.delta, step.sequence)
		if err != nil || got.GetOnHand() != step.want {
			t.Errorf("%+d of feed %d: %v, %v, want %d", step.delta, step.sequence, got, err, step.want)
		}
	}
	_, err := adjust(-8, 7)
	wantReason(t, err, fault.StockReserved, connect.CodeFailedPrecondition)
	_, err = adjust(0, 8)
	wantReason(t, err, fault.FieldInvalid, connect.CodeInvalidArgument)
	_, err = s.admin(testenv.User{ID: "rival", MerchantID: "m_2"}).AdjustStock(t.Context(), &orderv1.AdjustStockRequest{Sku: sku, Delta: 1, Sequence: 9, Reason: "mine"})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	s.wantCounts(sku, 7, 0)
	s.verify()
}
