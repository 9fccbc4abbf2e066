package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestSetStock(t *testing.T) {
	t.Parallel()
	s := open(t)
	sku := id.New("sku")
	s.own(sku, "m_1")
	merchant := s.admin(testenv.User{ID: "staff", MerchantID: "m_1"})
	set := func(onHand, sequence int64) (*orderv1.Stock, error) {
		res, err := merchant.SetStock(t.Context(), &orderv1.SetStockRequest{Sku: sku, OnHand: onHand, Sequence: sequence, Reason: "count"})
		return res.GetStock(), err
	}
	for _, step := range []struct{ onHand, sequence, want int64 }{{10, 1, 10}, {12, 2, 12}, {10, 1, 12}, {99, 2, 12}, {0, 3, 0}} {
		got, err := set(step.onHand, step.sequence)
		if err != nil || got.GetOnHand() != step.want {
			t.Errorf("count %d of feed %d: %v, %v, want %d", step.onHand, step.sequence, got, err, step.want)
		}
	}
	_, err := s.admin(testenv.User{ID: "rival", MerchantID: "m_2"}).SetStock(t.Context(), &orderv1.SetStockRequest{Sku: sku, OnHand: 1, Sequence: 9, Reason: "mine"})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	_, err = s.admin(testenv.User{ID: "hanako"}).SetStock(t.Context(), &orderv1.SetStockRequest{Sku: sku, OnHand: 1, Sequence: 9, Reason: "mine"})
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
	_, err = s.admin(testenv.User{ID: "op", Operator: true}).SetStock(t.Context(), &orderv1.SetStockRequest{Sku: sku, OnHand: 1, Sequence: 9, Reason: "whose?"})
	wantReason(t, err, fault.FieldInvalid, connect.CodeInvalidArgument)
	s.verify()
}

func TestOnlyItsMerchantCountsASKU(t *testing.T) {
	t.Parallel()
	s := open(t)
	mine, theirs := id.New("sku"), id.New("sku")
	s.own(mine, "m_1")
	s.own(theirs, "m_2")
	operator := testenv.User{ID: "op", Operator: true}
	tests := map[string]struct {
		who  testenv.User
		req  *orderv1.SetStockRequest
		want fault.Reason
	}{
		"another's":                {testenv.User{ID: "staff", MerchantID: "m_1"}, &orderv1.SetStockRequest{Sku: theirs}, fault.NotFound},
		"nobody's":                 {testenv.User{ID: "staff", MerchantID: "m_1"}, &orderv1.SetStockRequest{Sku: id.New("sku")}, fault.NotFound},
		"an operator's mistake":    {operator, &orderv1.SetStockRequest{Sku: theirs, MerchantId: "m_1"}, fault.NotFound},
		"its own":                  {testenv.User{ID: "staff", MerchantID: "m_1"}, &orderv1.SetStockRequest{Sku: mine}, ""},
		"an operator's for theirs": {operator, &orderv1.SetStockRequest{Sku: theirs, MerchantId: "m_2"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.req.OnHand, test.req.Sequence, test.req.Reason = 1, 1, "count"
			if _, err := s.admin(test.who).SetStock(t.Context(), test.req); fault.ReasonOf(err) != test.want {
				t.Errorf("SetStock = %v, want %q", err, test.want)
			}
		})
	}
}

func TestStockNeverFallsBelowWhatIsReserved(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.buy("hanako", start(c))
	_, err := s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).SetStock(t.Context(), &orderv1.SetStockRequest{
		Sku: c.Skus[0], OnHand: 0, Sequence: 1 << 62, Reason: "lost",
	})
	wantReason(t, err, fault.StockReserved, connect.CodeFailedPrecondition)
	if got := fault.Meta(err, "reserved"); got != "1" {
		t.Errorf("in the way: %q", got)
	}
	s.wantCounts(c.Skus[0], 10, 1)
}
