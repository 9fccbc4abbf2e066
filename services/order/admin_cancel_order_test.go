package main

import (
	"testing"

	"connectrpc.com/connect"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

var (
	operator = testenv.User{ID: "op", Operator: true}
	merchant = testenv.User{ID: "staff", MerchantID: "m_1"}
	rival    = testenv.User{ID: "rival", MerchantID: "m_2"}
)

const (
	outOfStock = orderv1.CancelReason_CANCEL_REASON_MERCHANT_SHORTAGE
	byOperator = orderv1.CancelReason_CANCEL_REASON_OPERATOR
)

func (s *shop) cancelAs(who testenv.User, orderID string, why orderv1.CancelReason) (*orderv1.OrderAdminServiceCancelOrderResponse, error) {
	return s.admin(who).CancelOrder(s.t.Context(), &orderv1.OrderAdminServiceCancelOrderRequest{OrderId: orderID, CancelReason: why, Reason: "crushed in the warehouse"})
}

func TestAMerchantShortInAFormedGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 3, 10)
	first := s.buy("hanako", start(c))
	taro := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	for range 2 {
		res, err := s.cancelAs(merchant, taro, outOfStock)
		if err != nil || res.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || res.GetCancelReason() != outOfStock || res.GetVersion() != 3 {
			t.Fatalf("cancelling = %v, %v", res, err)
		}
	}
	if g := s.group("hanako", first.GetGroup().GetGroupId()).GetGroup(); g.GetState() != orderv1.GroupState_GROUP_STATE_FORMED || g.GetConfirmed() != 1 {
		t.Errorf("group = %v", g)
	}
	s.w.WaitEvent("order.cancelled")
	steps := s.timeline(taro, "")
	if last := steps[len(steps)-1]; last.GetReason() != "crushed in the warehouse" || last.GetActor() != "user/staff" || last.GetToState() != "CANCELLED" {
		t.Errorf("the audit says %v", last)
	}
	s.wantCounts(c.Skus[0], 10, 1)
	s.verify()
}

func TestAnOperatorCancelsWhatIsPaid(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.fill("hanako", 3, &cartv1.Line{Sku: c.Skus[0], Quantity: 1})
	req := start(c)
	req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 3}}, yen(1750)
	orderID := s.buy("hanako", req).GetOrder().GetOrderId()
	s.payment("payment.captured", orderID)
	if res, err := s.cancelAs(operator, orderID, byOperator); err != nil || res.GetCancelReason() != byOperator {
		t.Errorf("cancelling = %v, %v", res, err)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestWhatTheShopMayNotCancel(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	open := s.buy("hanako", start(c)).GetOrder().GetOrderId()
	silent := start(s.campaign(2, 2, 10))
	silent.Payment = saved("pm_card_silent")
	unpaid := s.buy("hanako", silent).GetOrder().GetOrderId()
	mixed := s.mixed("taro", c)
	tests := map[string]struct {
		who     testenv.User
		orderID string
		why     orderv1.CancelReason
		want    fault.Reason
		code    connect.Code
	}{
		"in an open group":       {operator, open, byOperator, fault.OrderState, connect.CodeFailedPrecondition},
		"unpaid":                 {operator, unpaid, byOperator, fault.OrderState, connect.CodeFailedPrecondition},
		"another merchant's":     {rival, open, outOfStock, fault.NotFound, connect.CodeNotFound},
		"nobody's":               {operator, id.New("ord"), byOperator, fault.NotFound, connect.CodeNotFound},
		"with another's goods":   {merchant, mixed, outOfStock, fault.CallerNotAllowed, connect.CodePermissionDenied},
		"for an operator's word": {merchant, open, byOperator, fault.FieldInvalid, connect.CodeInvalidArgument},
		"for a customer's":       {operator, open, orderv1.CancelReason_CANCEL_REASON_CUSTOMER, fault.FieldInvalid, connect.CodeInvalidArgument},
		"by a customer":          {testenv.User{ID: "hanako"}, open, byOperator, fault.CallerNotAllowed, connect.CodePermissionDenied},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := s.cancelAs(test.who, test.orderID, test.why)
			wantReason(t, err, test.want, test.code)
		})
	}
}

// mixed is an order of two merchants' goods.
func (s *shop) mixed(user string, c *catalogv1.Campaign) string {
	s.t.Helper()
	theirs := id.New("sku")
	s.offer(&catalogv1.Campaign{CampaignId: id.New("cmp")}, &catalogv1.PricedVariant{
		Sku: theirs, ProductId: id.New("prd"), MerchantId: "m_2", Title: c.GetTitle(), Price: yen(1000), TaxPercent: 8,
	})
	_, err := s.admin(rival).SetStock(s.t.Context(), &orderv1.SetStockRequest{Sku: theirs, OnHand: 5, Sequence: 1, Reason: "count"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.fill(user, 1, &cartv1.Line{Sku: c.Skus[0], Quantity: 1}, &cartv1.Line{Sku: theirs, Quantity: 1})
	req := start(c)
	req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 1}}, yen(2750)
	return s.buy(user, req).GetOrder().GetOrderId()
}
