package main

import (
	"testing"
	"time"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

func (b *bought) deliver(p *orderv1.Shipment) {
	b.t.Helper()
	res, err := b.merchant.MarkDelivered(b.t.Context(), &orderv1.MarkDeliveredRequest{OrderId: b.order, ShipmentId: p.GetShipmentId(), Reason: "signed for"})
	if err != nil || res.GetShipment().GetState() != orderv1.ShipmentState_SHIPMENT_STATE_DELIVERED {
		b.t.Fatalf("delivered: %v, %v", res, err)
	}
}

func TestDeliveredOnceAllParcelsAre(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.paid("hanako")
	first, second := b.ship(1, 2), b.ship(2, 3)
	b.deliver(first)
	b.deliver(first)
	b.is(orderv1.OrderState_ORDER_STATE_SHIPPED)
	_, err := s.admin(testenv.User{ID: "rival", MerchantID: "m_2"}).MarkDelivered(t.Context(), &orderv1.MarkDeliveredRequest{
		OrderId: b.order, ShipmentId: second.GetShipmentId(), Reason: "mine",
	})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	b.deliver(second)
	b.is(orderv1.OrderState_ORDER_STATE_DELIVERED)
	s.w.WaitEvent("order.delivered")
	s.wantAudit("order/"+b.order, "signed for", 3)
	s.verify()
}

func TestCompletedFourteenDaysAfterDelivery(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.paid("hanako")
	b.deliver(b.ship(1, 2, 2, 3))
	s.w.Advance(14*24*time.Hour - time.Minute)
	s.tick()
	b.is(orderv1.OrderState_ORDER_STATE_DELIVERED)
	s.w.Advance(2 * time.Minute)
	s.tick()
	b.is(orderv1.OrderState_ORDER_STATE_COMPLETED)
	s.tick()
	s.w.WaitEvent("order.completed")
	_, err := b.back("too late", 1, 1)
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	s.verify()
}
