package main

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// Everything that leaves the order service: topics order, group and stock, queues order-authorise, order-hold, order-deadline
// and order-fanout. All of it follows from transitions, and is written in their transaction.

// authoriseAfter is when the task looks whether the checkout itself has had the payment authorised.
const authoriseAfter = 10 * time.Second

func orderEntries(t order.Transition) []outbox.Entry {
	o := t.After
	var entries []outbox.Entry
	if t.Event != "" {
		entries = append(entries, outbox.Event("order", t.Event, "order/"+o.OrderID, o.Version, o.UpdatedAt, orderEvent(t)))
	}
	if o.State == order.PendingPayment {
		entries = append(entries,
			outbox.Task("order-authorise", "authorise/"+o.OrderID, orderv1connect.OrderInternalServiceAuthoriseOrderProcedure,
				&orderv1.AuthoriseOrderRequest{OrderId: o.OrderID}, o.CreatedAt.Add(authoriseAfter)).Later(),
			outbox.Task("order-hold", "hold/"+o.OrderID, orderv1connect.OrderInternalServiceExpireHoldProcedure,
				&orderv1.ExpireHoldRequest{OrderId: o.OrderID}, o.HoldEndAt).Later())
	}
	return entries
}

// settled takes the tasks back that wait for an order's payment, once it has been decided. Mostly that is so before they
// were handed over.
func settled(out *outbox.Batch, t order.Transition) {
	if t.From == order.PendingPayment {
		out.Drop("order-authorise", "authorise/"+t.After.OrderID)
		out.Drop("order-hold", "hold/"+t.After.OrderID)
	}
}

// groupEntries are what a step of a group sends; goesOn says whether its outcome is still to be carried out when the
// transaction is over.
func groupEntries(t group.Transition, goesOn bool) []outbox.Entry {
	g := t.After
	var entries []outbox.Entry
	if t.Event != "" {
		entries = append(entries, outbox.Event("group", t.Event, "group/"+g.GroupID, g.Version, g.UpdatedAt, groupEvent(t)))
	}
	if t.Timed {
		entries = append(entries, outbox.Task("order-deadline", versioned("deadline", g), orderv1connect.OrderInternalServiceReachDeadlineProcedure,
			&orderv1.ReachDeadlineRequest{GroupId: g.GroupID}, g.DueAt.Time))
	}
	if goesOn && g.FanOutShard.Valid {
		entries = append(entries, outbox.Task("order-fanout", versioned("fanout", g), orderv1connect.OrderInternalServiceFanOutProcedure,
			&orderv1.FanOutRequest{GroupId: g.GroupID}, time.Time{}))
	}
	return entries
}

// levelChanged tells that another level of a SKU holds from now on.
func levelChanged(s *stock.Stock) outbox.Entry {
	return outbox.Event("stock", "stock.level_changed", "stock/"+s.SKU, s.LevelVersion, s.LevelAt.Time, &orderv1.StockEvent{
		Sku: s.SKU, Version: s.LevelVersion, MerchantId: s.MerchantID, Level: stockLevel(s.Level), OccurTime: timestamppb.New(s.LevelAt.Time),
	})
}

func orderEvent(t order.Transition) *orderv1.OrderEvent {
	o := t.After
	e := &orderv1.OrderEvent{
		OrderId: o.OrderID, Version: o.Version, State: orderState(o.State), CancelReason: cancelReason(o.CancelReason),
		CustomerId: o.CustomerID, GroupId: o.GroupID, CampaignId: o.CampaignID, LeaderId: o.LeaderID, InviterId: o.InviterID,
		AuthorisedTotal: moneyOf(o.Total, o.Currency), Points: o.Points, CartVersion: o.CartVersion,
		OccurTime: timestamppb.New(o.UpdatedAt),
	}
	if o.FinalTotal.Valid {
		e.FinalTotal = moneyOf(o.FinalTotal.Int64, o.Currency)
	}
	if t.Parcel != nil {
		e.Shipment = shipmentMessage(t.Parcel)
	}
	if t.Refund != nil {
		e.RefundsDue = refundsDue(t.Refund, o.Currency)
	}
	for _, l := range o.Lines.V {
		e.Lines = append(e.Lines, &orderv1.BoughtLine{
			Sku: l.SKU, ProductId: l.ProductID, MerchantId: l.MerchantID, Quantity: int32(l.Quantity),
			UnitPrice: moneyOf(l.UnitPrice, o.Currency),
		})
	}
	return e
}

func groupEvent(t group.Transition) *orderv1.GroupEvent {
	g := t.After
	e := &orderv1.GroupEvent{
		GroupId: g.GroupID, Version: g.Version, State: groupState(g.State), CampaignId: g.CampaignID, LeaderId: g.LeaderID,
		Confirmed: int32(g.Confirmed), Held: int32(g.Held), MinSize: int32(g.Rules.V.MinSize), MaxSize: int32(g.MaxSize),
		MemberId: t.Member, OccurTime: timestamppb.New(g.UpdatedAt),
	}
	if g.Deadline.Valid {
		e.Deadline = timestamppb.New(g.Deadline.Time)
	}
	if g.FinalUnitPrice.Valid {
		e.UnitPrice = moneyOf(g.FinalUnitPrice.Int64, g.Rules.V.Currency)
	}
	return e
}
