package main

import (
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

// short reports units missing, and answers once all is done.
func (s *shop) short(sku string, missing int64) *orderv1.Stock {
	s.t.Helper()
	req := &orderv1.ReportShortageRequest{RequestId: uuid.NewString(), Sku: sku, Missing: missing, Reason: "a pallet fell"}
	var res *orderv1.ReportShortageResponse
	for range 2 {
		var err error
		if res, err = s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).ReportShortage(s.t.Context(), req); err != nil || !res.GetDone() {
			s.t.Fatalf("shortage: %v, %v", res, err)
		}
	}
	return res.GetStock()
}

func TestAShortageStopsTheNewestGroups(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 3, 10)
	old := s.buy("hanako", start(c))
	s.buy("taro", join(c, old.GetInvite()))
	young := s.buy("jiro", start(c))
	joined := s.buy("saburo", join(c, young.GetInvite()))
	if got := s.short(c.GetSkus()[0], 7); got.GetOnHand() != 3 || got.GetReserved() != 2 || got.GetMissing() != 0 {
		t.Errorf("stock = %v", got)
	}
	for user, orderID := range map[string]string{"jiro": young.GetOrder().GetOrderId(), "saburo": joined.GetOrder().GetOrderId()} {
		o := s.becomes(user, orderID, orderv1.OrderState_ORDER_STATE_CANCELLED)
		if o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_GROUP_CANCELLED {
			t.Errorf("%s's order is cancelled as %s", user, o.GetCancelReason())
		}
	}
	s.becomes("hanako", old.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_AWAITING_GROUP)
	s.w.WaitEvent("group.cancelled")
	s.verify()
}

func TestAShortageCancelsOrdersOnceFormed(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 4, 4)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	third := s.buy("jiro", join(c, first.GetInvite()))
	if got := s.short(c.GetSkus()[0], 2); got.GetOnHand() != 2 || got.GetReserved() != 2 {
		t.Errorf("stock = %v", got)
	}
	lost := s.becomes("jiro", third.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	if lost.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_MERCHANT_SHORTAGE {
		t.Errorf("cancelled as %s", lost.GetCancelReason())
	}
	s.wantAudit("order/"+lost.GetOrderId(), "a pallet fell", 1)
	if g := s.group("taro", first.GetGroup().GetGroupId()).GetGroup(); g.GetState() != orderv1.GroupState_GROUP_STATE_FORMED || g.GetConfirmed() != 2 {
		t.Errorf("group = %v", g)
	}
	s.becomes("taro", second.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_AWAITING_GROUP)
	s.w.Advance(25 * time.Hour)
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.verify()
}

func TestAShortageReachesWhatIsSoldAndNotShipped(t *testing.T) {
	t.Parallel()
	s := open(t)
	sku := s.campaign(2, 2, 3).GetSkus()[0]
	alone := func(user string) string {
		s.fill(user, 1, &cartv1.Line{Sku: sku, Quantity: 1})
		return s.buy(user, &orderv1.CheckoutRequest{
			RequestId: uuid.NewString(), What: &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 1}},
			AddressId: id.New("adr"), ExpectedTotal: yen(1750), Payment: saved("pm_card_visa"),
		}).GetOrder().GetOrderId()
	}
	first, second, third := alone("hanako"), alone("taro"), alone("jiro")
	s.payment("payment.captured", first)
	if got := s.short(sku, 2); got.GetOnHand() != 0 || got.GetMissing() != 0 {
		t.Errorf("stock = %v", got)
	}
	s.becomes("hanako", first, orderv1.OrderState_ORDER_STATE_PAID)
	for user, orderID := range map[string]string{"taro": second, "jiro": third} {
		if o := s.order(user, orderID); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_MERCHANT_SHORTAGE {
			t.Errorf("%s's order is %s", user, o.GetState())
		}
	}
	if got := s.short(sku, 5); got.GetOnHand() != 0 || got.GetMissing() != 0 { // more than there ever was
		t.Errorf("stock = %v", got)
	}
	_, err := s.admin(testenv.User{ID: "rival", MerchantID: "m_2"}).ReportShortage(t.Context(), &orderv1.ReportShortageRequest{
		RequestId: uuid.NewString(), Sku: sku, Missing: 1, Reason: "mine",
	})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	s.verify()
}
