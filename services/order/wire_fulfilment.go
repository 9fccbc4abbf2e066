package main

import (
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/services/order/internal/coupon"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// What belongs to orders after they are paid, to coupons and to stock levels, as messages.

func shipmentState(s order.ParcelState) orderv1.ShipmentState {
	return orderv1.ShipmentState(orderv1.ShipmentState_value["SHIPMENT_STATE_"+string(s)])
}

func returnState(s order.ReturnState) orderv1.ReturnState {
	return orderv1.ReturnState(orderv1.ReturnState_value["RETURN_STATE_"+string(s)])
}

func stockLevel(l stock.Level) orderv1.StockLevel {
	return orderv1.StockLevel(orderv1.StockLevel_value["STOCK_LEVEL_"+string(l)])
}

func partsOf(in []*orderv1.LinePart) []order.Part {
	parts := make([]order.Part, 0, len(in))
	for _, p := range in {
		parts = append(parts, order.Part{Line: int64(p.GetLine()), Quantity: int64(p.GetQuantity())})
	}
	return parts
}

func partMessages(parts []order.Part) []*orderv1.LinePart {
	out := make([]*orderv1.LinePart, 0, len(parts))
	for _, p := range parts {
		out = append(out, &orderv1.LinePart{Line: int32(p.Line), Quantity: int32(p.Quantity)})
	}
	return out
}

func shipmentMessage(p *order.Parcel) *orderv1.Shipment {
	m := &orderv1.Shipment{
		ShipmentId: p.ShipmentID, OrderId: p.OrderID, MerchantId: p.MerchantID, State: shipmentState(p.State), Lines: partMessages(p.Parts),
		Carrier: p.Carrier, TrackingNumber: p.Tracking, ShipTime: timestamppb.New(p.ShippedAt),
	}
	if p.DeliveredAt.Valid {
		m.DeliverTime = timestamppb.New(p.DeliveredAt.Time)
	}
	return m
}

func returnMessage(r *order.Return) *orderv1.Return {
	return &orderv1.Return{
		ReturnId: r.ReturnID, OrderId: r.OrderID, MerchantId: r.MerchantID, State: returnState(r.State), Lines: partMessages(r.Parts),
		Reason: r.Reason, RequestTime: timestamppb.New(r.RequestedAt), UpdateTime: timestamppb.New(r.UpdatedAt), Version: r.Version,
	}
}

func refundMessage(r *order.Refund, currency string) *orderv1.Refund {
	m := &orderv1.Refund{RefundId: r.RefundID, Money: moneyOf(r.Money, currency), Points: r.Points}
	for _, l := range r.Lines {
		m.Lines = append(m.Lines, &orderv1.RefundLine{
			Line: int32(l.Line), Sku: l.SKU, Quantity: int32(l.Quantity), Money: moneyOf(l.Money, currency), Points: l.Points,
		})
	}
	return m
}

func refundsDue(r *order.Refund, currency string) []*orderv1.RefundDue {
	var out []*orderv1.RefundDue
	for _, l := range r.Lines {
		out = append(out, &orderv1.RefundDue{
			Key: r.RefundID + "/" + strconv.FormatInt(l.Line, 10), Sku: l.SKU, Quantity: int32(l.Quantity),
			Amount: moneyOf(l.Money, currency), Points: l.Points, Reason: r.Reason,
		})
	}
	return out
}

func couponMessage(c *coupon.Coupon) *orderv1.Coupon {
	t := c.Terms.V
	m := &orderv1.Coupon{
		Code: c.Code, MinimumItems: moneyOf(t.Minimum, "JPY"), StartTime: timestamppb.New(t.From), EndTime: timestamppb.New(t.Until),
		MaxUses: c.MaxUses, MaxUsesPerCustomer: t.MaxPerCustomer, CampaignId: t.CampaignID, Held: c.Held, Used: c.Used,
		Discount: &orderv1.Coupon_Fixed{Fixed: moneyOf(t.Fixed, "JPY")},
	}
	if t.Percent > 0 {
		m.Discount = &orderv1.Coupon_Percent{Percent: &orderv1.PercentOff{Percent: int32(t.Percent), Cap: moneyOf(t.Cap, "JPY")}}
	}
	return m
}
