package main

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// Nouns and messages meet here and nowhere else. States are spelt alike in both, so that a name is the translation.

func orderState(s order.State) orderv1.OrderState {
	return orderv1.OrderState(orderv1.OrderState_value["ORDER_STATE_"+string(s)])
}

func cancelReason(r order.Reason) orderv1.CancelReason {
	return orderv1.CancelReason(orderv1.CancelReason_value["CANCEL_REASON_"+string(r)])
}

func reasonOf(r orderv1.CancelReason) order.Reason {
	return order.Reason(strings.TrimPrefix(r.String(), "CANCEL_REASON_"))
}

func groupState(s group.State) orderv1.GroupState {
	return orderv1.GroupState(orderv1.GroupState_value["GROUP_STATE_"+string(s)])
}

func memberState(s group.MemberState) orderv1.MemberState {
	return orderv1.MemberState(orderv1.MemberState_value["MEMBER_STATE_"+string(s)])
}

func moneyOf(amount int64, currency string) *typev1.Money {
	return &typev1.Money{Amount: amount, Currency: currency}
}

func textOf(ja, en string) *typev1.LocalisedText { return &typev1.LocalisedText{Ja: ja, En: en} }

func orderMessage(o *order.Order) *orderv1.Order {
	m := &orderv1.Order{
		OrderId: o.OrderID, State: orderState(o.State), CancelReason: cancelReason(o.CancelReason),
		GroupId: o.GroupID, CampaignId: o.CampaignID, Lines: lineMessages(o.Lines.V, o.Currency),
		Address: addressMessage(o.Address.V), Amounts: amountsMessage(o.Amounts(), o.Currency),
		CreateTime: timestamppb.New(o.CreatedAt), UpdateTime: timestamppb.New(o.UpdatedAt),
		Version: o.Version, Points: o.Points, CouponCode: o.CouponCode,
	}
	if final, ok := o.Final(); ok {
		m.FinalAmounts = amountsMessage(final, o.Currency)
	}
	if o.State == order.PendingPayment {
		m.HoldEndTime = timestamppb.New(o.HoldEndAt)
	}
	return m
}

func lineMessages(lines []order.Line, currency string) []*orderv1.OrderLine {
	var out []*orderv1.OrderLine
	for i, l := range lines {
		out = append(out, &orderv1.OrderLine{
			Line: int32(i + 1), Sku: l.SKU, ProductId: l.ProductID, MerchantId: l.MerchantID, Title: textOf(l.TitleJA, l.TitleEN),
			Options: l.Options, Quantity: int32(l.Quantity), UnitPrice: moneyOf(l.UnitPrice, currency),
			TaxPercent: int32(l.TaxPercent), Discount: moneyOf(l.Discount, currency),
			Shipped: int32(l.Shipped), Cancelled: int32(l.Cancelled), Returned: int32(l.Returned),
		})
	}
	return out
}

func amountsMessage(a order.Amounts, currency string) *orderv1.Amounts {
	m := &orderv1.Amounts{
		Items: moneyOf(a.Items, currency), Shipping: moneyOf(a.Shipping, currency),
		CouponDiscount: moneyOf(a.Coupon, currency), PointsDiscount: moneyOf(a.Points, currency), Total: moneyOf(a.Total, currency),
	}
	for _, t := range a.Taxes {
		m.Taxes = append(m.Taxes, &orderv1.TaxShare{Percent: int32(t.Percent), Amount: moneyOf(t.Amount, currency)})
	}
	return m
}

func addressMessage(a order.Address) *typev1.PostalAddress {
	return &typev1.PostalAddress{
		Name: a.Name, PostalCode: a.PostalCode, Prefecture: a.Prefecture, City: a.City, Line1: a.Line1, Line2: a.Line2, Phone: a.Phone,
	}
}

func addressOf(m *typev1.PostalAddress) order.Address {
	return order.Address{
		Name: m.GetName(), PostalCode: m.GetPostalCode(), Prefecture: m.GetPrefecture(), City: m.GetCity(),
		Line1: m.GetLine1(), Line2: m.GetLine2(), Phone: m.GetPhone(),
	}
}

func groupMessage(g *group.Group) *orderv1.Group {
	rules := g.Rules.V
	m := &orderv1.Group{
		GroupId: g.GroupID, CampaignId: g.CampaignID, State: groupState(g.State), Title: textOf(rules.TitleJA, rules.TitleEN),
		Confirmed: int32(g.Confirmed), Held: int32(g.Held), MinSize: int32(rules.MinSize), MaxSize: int32(g.MaxSize),
		CurrentUnitPrice: moneyOf(rules.UnitPrice(g.Confirmed), rules.Currency), CreateTime: timestamppb.New(g.CreatedAt),
		MaxUnitsPerOrder: int32(rules.MaxUnitsPerOrder),
	}
	if g.Deadline.Valid {
		m.Deadline = timestamppb.New(g.Deadline.Time)
	}
	for _, t := range rules.Tiers {
		m.Tiers = append(m.Tiers, &orderv1.PriceTier{Size: int32(t.Size), UnitPrice: moneyOf(t.UnitPrice, rules.Currency)})
	}
	for _, v := range rules.Variants {
		m.Variants = append(m.Variants, &orderv1.OfferedVariant{Sku: v.SKU, Options: v.Options, SoloPrice: moneyOf(v.SoloPrice, rules.Currency)})
	}
	return m
}

func membershipMessage(g *group.Group, m *group.Member) *orderv1.Membership {
	return &orderv1.Membership{
		OrderId: m.OrderID, State: memberState(m.State), Leader: m.UserID == g.LeaderID, JoinTime: timestamppb.New(m.JoinedAt),
	}
}

func stockMessage(s *stock.Stock) *orderv1.Stock {
	return &orderv1.Stock{Sku: s.SKU, MerchantId: s.MerchantID, OnHand: s.OnHand, Reserved: s.Reserved, Sequence: s.Sequence, Missing: s.Missing}
}

// inviteMessage is the invite by which a member brings friends; nil when nobody can join any more.
func (s *server) inviteMessage(g *group.Group, inviter string, now time.Time) *orderv1.Invite {
	if !g.Joinable(now) {
		return nil
	}
	return &orderv1.Invite{
		Token:      s.invites.Seal(group.Invite{GroupID: g.GroupID, InviterID: inviter, EndsAt: g.Deadline.Time}),
		ExpireTime: timestamppb.New(g.Deadline.Time),
	}
}

func versioned(what string, g group.Group) string {
	return what + "/" + g.GroupID + "/" + strconv.FormatInt(g.Version, 10)
}
