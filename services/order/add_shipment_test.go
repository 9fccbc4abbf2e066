package main

import (
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

// bought is an order of two apples at 1,200 yen and three pears at 1,000, paid in part by points.
type bought struct {
	*shop
	user           string
	order          string
	apples, pears  string // SKUs, ten of each in stock before
	merchant, boss orderv1connect.OrderAdminServiceClient
}

// paid buys alone and has the money captured: 5,400 yen of goods without a fee for shipping, less 1,000 points.
func (s *shop) paid(user string) *bought {
	s.t.Helper()
	b := &bought{
		shop: s, user: user, apples: s.campaign(2, 2, 10).GetSkus()[0], pears: id.New("sku"),
		merchant: s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}), boss: s.admin(testenv.User{ID: "op", Operator: true}),
	}
	s.sell(b.pears, "m_1", 1000)
	s.stock(b.pears, 10)
	s.fill(user, 1, &cartv1.Line{Sku: b.apples, Quantity: 2}, &cartv1.Line{Sku: b.pears, Quantity: 3})
	b.order = s.buy(user, &orderv1.CheckoutRequest{
		RequestId: uuid.NewString(), What: &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 1}},
		AddressId: id.New("adr"), ExpectedTotal: yen(4400), Points: 1000, Payment: saved("pm_card_visa"),
	}).GetOrder().GetOrderId()
	s.payment("payment.captured", b.order)
	return b
}

// parts are units of lines, by turns: line, quantity.
func parts(of ...int32) []*orderv1.LinePart {
	var out []*orderv1.LinePart
	for i := 0; i < len(of); i += 2 {
		out = append(out, &orderv1.LinePart{Line: of[i], Quantity: of[i+1]})
	}
	return out
}

func (b *bought) parcel(of ...int32) *orderv1.AddShipmentRequest {
	return &orderv1.AddShipmentRequest{
		RequestId: uuid.NewString(), OrderId: b.order, Lines: parts(of...), Carrier: "yamato", TrackingNumber: "1234-5678", Reason: "packed",
	}
}

// ship sends a parcel.
func (b *bought) ship(of ...int32) *orderv1.Shipment {
	b.t.Helper()
	res, err := b.merchant.AddShipment(b.t.Context(), b.parcel(of...))
	if err != nil {
		b.t.Fatal(err)
	}
	return res.GetShipment()
}

// is holds the order to a state.
func (b *bought) is(want orderv1.OrderState) *orderv1.GetOrderResponse {
	b.t.Helper()
	res, err := b.as(b.user).GetOrder(b.t.Context(), &orderv1.GetOrderRequest{OrderId: b.order})
	if err != nil || res.GetOrder().GetState() != want {
		b.t.Fatalf("order is %s, %v, want %s", res.GetOrder().GetState(), err, want)
	}
	return res
}

func TestAddShipment(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.paid("hanako")
	req := b.parcel(1, 2, 2, 1)
	var first *orderv1.Shipment
	for range 2 {
		res, err := b.merchant.AddShipment(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && res.GetShipment().GetShipmentId() != first.GetShipmentId() {
			t.Errorf("a repeat made another parcel: %v", res)
		}
		first = res.GetShipment()
	}
	if first.GetState() != orderv1.ShipmentState_SHIPMENT_STATE_SHIPPED || first.GetMerchantId() != "m_1" || len(first.GetLines()) != 2 {
		t.Errorf("parcel = %v", first)
	}
	partly := b.is(orderv1.OrderState_ORDER_STATE_PARTLY_SHIPPED)
	if got := []int32{partly.GetOrder().GetLines()[0].GetShipped(), partly.GetOrder().GetLines()[1].GetShipped()}; !cmp.Equal(got, []int32{2, 1}) {
		t.Errorf("shipped so far: %v", got)
	}
	var told orderv1.OrderEvent
	s.w.WaitEvent("order.shipped").Decode(t, &told)
	if told.GetShipment().GetTrackingNumber() != "1234-5678" || told.GetState() != orderv1.OrderState_ORDER_STATE_PARTLY_SHIPPED {
		t.Errorf("order.shipped = %v", &told)
	}
	req.Carrier = "sagawa"
	_, err := b.merchant.AddShipment(t.Context(), req)
	wantReason(t, err, fault.RequestIDReused, connect.CodeInvalidArgument)
	b.ship(2, 2)
	if all := b.is(orderv1.OrderState_ORDER_STATE_SHIPPED); len(all.GetShipments()) != 2 {
		t.Errorf("parcels: %v", all.GetShipments())
	}
	s.wantAudit("order/"+b.order, "packed", 2)
	s.verify()
}

func TestAddShipmentIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.paid("hanako")
	rival := s.admin(testenv.User{ID: "rival", MerchantID: "m_2"})
	tests := map[string]struct {
		by     orderv1connect.OrderAdminServiceClient
		parcel *orderv1.AddShipmentRequest
		reason fault.Reason
		code   connect.Code
	}{
		"more than was bought": {b.merchant, b.parcel(2, 4), fault.OrderState, connect.CodeFailedPrecondition},
		"no such line":         {b.merchant, b.parcel(3, 1), fault.NotFound, connect.CodeNotFound},
		"a line twice":         {b.merchant, b.parcel(1, 1, 1, 1), fault.FieldInvalid, connect.CodeInvalidArgument},
		"another's lines":      {rival, b.parcel(1, 1), fault.NotFound, connect.CodeNotFound},
		"a customer":           {s.admin(testenv.User{ID: "hanako"}), b.parcel(1, 1), fault.CallerNotAllowed, connect.CodePermissionDenied},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				_, err := test.by.AddShipment(t.Context(), test.parcel)
				wantReason(t, err, test.reason, test.code)
				if test.reason == fault.OrderState && (fault.Meta(err, "line") != "2" || fault.Meta(err, "left") != "3") {
					t.Errorf("it does not tell what is left: %v", err)
				}
			}
		})
	}
	b.is(orderv1.OrderState_ORDER_STATE_PAID)
	if _, err := s.cancel("hanako", b.order); err != nil {
		t.Fatal(err)
	}
	_, err := b.boss.AddShipment(t.Context(), b.parcel(1, 1))
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	s.wantCounts(b.pears, 10, 0)
	s.verify()
}
