package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

// The machine's verbs of operators and merchants, and of orders after they are paid.

// code is the machine's own coupon: 100 yen off.
func (m *machine) code() string { return strings.ToUpper(strings.ReplaceAll(m.suffix, "_", "-")) }

func (m *machine) printCoupon() {
	req := off(m.code())
	now := m.w.Clock().Now()
	req.Coupon.StartTime, req.Coupon.EndTime = timestamppb.New(now.Add(-time.Hour)), timestamppb.New(now.Add(1000*24*time.Hour))
	req.Coupon.MaxUses = int64(m.model.uses)
	m.coupon(req)
}

// useCoupon has one checkout in four name the coupon, and answers what that takes off.
func (m *machine) useCoupon(req *orderv1.CheckoutRequest) int {
	if rapid.IntRange(0, 3).Draw(m.rt, "coupon") > 0 {
		return 0
	}
	req.CouponCode = m.code()
	req.ExpectedTotal.Amount -= 100
	return 100
}

func (m *machine) boss() orderv1connect.OrderAdminServiceClient {
	return m.admin(testenv.User{ID: "op", Operator: true})
}

func (m *machine) merchant() orderv1connect.OrderAdminServiceClient {
	return m.admin(testenv.User{ID: "staff", MerchantID: "m_1"})
}

// answered holds the answer of a verb against the model's.
func (m *machine) answered(what string, err error, want fault.Reason) {
	if fault.ReasonOf(err) != want || (err == nil) != (want == "") {
		m.rt.Fatalf("%s answered %v, the model says %q", what, err, want)
	}
}

// one picks an order, mostly one in a state in which the verb can do something.
func (m *machine) one(states ...string) string {
	var fit []string
	for id, o := range m.model.orders {
		if slices.Contains(states, o.state) {
			fit = append(fit, id)
		}
	}
	slices.Sort(fit)
	if len(fit) == 0 || rapid.IntRange(0, 5).Draw(m.rt, "any order") == 0 {
		fit = slices.Sorted(maps.Keys(m.model.orders))
	}
	return m.pick("order", fit)
}

// sell has a few customers buy alone, and the money taken.
func (m *machine) sell() {
	m.set()
	for range 3 {
		m.solo()
	}
	for _, id := range slices.Sorted(maps.Keys(m.model.orders)) {
		if m.model.orders[id].state == "CONFIRMED" {
			m.news(id, "captured")
		}
	}
}

func (m *machine) stopOne() {
	groupID := m.pick("group", slices.Sorted(maps.Keys(m.model.groups)))
	if groupID == "" {
		return
	}
	want := m.model.stop(groupID)
	_, err := m.stop(groupID)
	m.answered("stopping the group", err, want)
}

func (m *machine) shopCancels() {
	orderID := m.one("AWAITING_GROUP", "CONFIRMED", "PAID")
	if orderID == "" {
		return
	}
	want := m.model.cancelForShop(orderID)
	_, err := m.boss().CancelOrder(m.t.Context(), &orderv1.OrderAdminServiceCancelOrderRequest{OrderId: orderID, CancelReason: byOperator, Reason: "a step"})
	m.answered("cancelling for the shop", err, want)
}

// units draws some of an order's.
func (m *machine) units() []*orderv1.LinePart {
	return parts(1, int32(rapid.IntRange(1, 3).Draw(m.rt, "units")))
}

func (m *machine) ship() {
	orderID := m.one("PAID", "PARTLY_SHIPPED")
	if orderID == "" {
		return
	}
	lines := m.units()
	want := m.model.ship(orderID, int(lines[0].GetQuantity()))
	req := &orderv1.AddShipmentRequest{
		RequestId: uuid.NewString(), OrderId: orderID, Lines: lines, Carrier: "yamato", TrackingNumber: "1234-5678", Reason: "packed",
	}
	for range m.times() {
		res, err := m.merchant().AddShipment(m.t.Context(), req)
		if m.answered("shipping", err, want); err == nil {
			m.model.parcels[res.GetShipment().GetShipmentId()] = modelParcel{order: orderID}
		}
	}
}

// times is how often the same request is sent.
func (m *machine) times() int { return rapid.IntRange(1, 2).Draw(m.rt, "times") }

func (m *machine) deliver() {
	parcel := m.pick("parcel", slices.Sorted(maps.Keys(m.model.parcels)))
	if parcel == "" {
		return
	}
	m.model.deliver(parcel)
	_, err := m.merchant().MarkDelivered(m.t.Context(), &orderv1.MarkDeliveredRequest{
		OrderId: m.model.parcels[parcel].order, ShipmentId: parcel, Reason: "the carrier says so",
	})
	m.answered("delivering", err, "")
}

func (m *machine) cancelSome() {
	orderID := m.one("PARTLY_SHIPPED")
	if orderID == "" {
		return
	}
	lines := m.units()
	want := m.model.cancelLines(orderID, int(lines[0].GetQuantity()))
	req := &orderv1.CancelLinesRequest{RequestId: uuid.NewString(), OrderId: orderID, Lines: lines, Reason: "broken"}
	for range m.times() {
		_, err := m.merchant().CancelLines(m.t.Context(), req)
		m.answered("cancelling lines", err, want)
	}
}

func (m *machine) askBack() {
	orderID := m.one("SHIPPED", "DELIVERED")
	if orderID == "" {
		return
	}
	lines := m.units()
	want := m.model.askBack(orderID, int(lines[0].GetQuantity()))
	req := &orderv1.RequestReturnRequest{RequestId: uuid.NewString(), OrderId: orderID, Lines: lines, Reason: "bruised"}
	for range m.times() {
		res, err := m.as(m.model.orders[orderID].user).RequestReturn(m.t.Context(), req)
		if m.answered("asking to give back", err, want); err == nil {
			m.model.returns[res.GetReturn().GetReturnId()] = modelReturn{order: orderID, state: "REQUESTED", units: int(lines[0].GetQuantity())}
		}
	}
}

func (m *machine) moveReturn() {
	returnID := m.pick("return", slices.Sorted(maps.Keys(m.model.returns)))
	if returnID == "" {
		return
	}
	to := rapid.SampledFrom([]string{"APPROVED", "APPROVED", "RECEIVED", "RECEIVED", "REJECTED"}).Draw(m.rt, "to")
	orderID, ctx := m.model.returns[returnID].order, m.t.Context()
	want := m.model.moveReturn(returnID, to)
	var err error
	switch to {
	case "APPROVED":
		_, err = m.merchant().ApproveReturn(ctx, &orderv1.ApproveReturnRequest{OrderId: orderID, ReturnId: returnID, Reason: "seen"})
	case "RECEIVED":
		_, err = m.merchant().ReceiveReturn(ctx, &orderv1.ReceiveReturnRequest{OrderId: orderID, ReturnId: returnID, Reason: "arrived"})
	case "REJECTED":
		_, err = m.merchant().RejectReturn(ctx, &orderv1.RejectReturnRequest{OrderId: orderID, ReturnId: returnID, Reason: "not ours"})
	}
	m.answered("a return that is to be "+to, err, want)
}

// feedLines streams counts and differences, numbered anew, again or late.
func (m *machine) feedLines() {
	if m.model.sequence == 0 {
		return // nothing is on the shelf yet
	}
	var lines []*orderv1.StockLine
	var want []fault.Reason
	for range rapid.IntRange(1, 3).Draw(m.rt, "lines") {
		sequence := m.model.sequence + rapid.IntRange(0, 2).Draw(m.rt, "sequence")
		n := rapid.IntRange(1, 12).Draw(m.rt, "number")
		if rapid.Bool().Draw(m.rt, "count") {
			want = append(want, m.model.set(n, sequence))
			lines = append(lines, set(m.campaign.Skus[0], int64(n), firstSequence+int64(sequence)))
			continue
		}
		if n > 6 {
			n = 6 - n
		}
		want = append(want, m.model.adjust(n, sequence))
		lines = append(lines, add(m.campaign.Skus[0], int64(n), firstSequence+int64(sequence)))
	}
	results, err := m.feed(testenv.User{ID: "staff", MerchantID: "m_1"}, rapid.IntRange(1, 3).Draw(m.rt, "batch"), lines...)
	if err != nil || len(results) != len(want) {
		m.rt.Fatalf("the feed answered %v, %v", results, err)
	}
	for i, result := range results {
		if result.GetRefusal() != string(want[i]) {
			m.rt.Fatalf("line %v answered %v, the model says %q", lines[i], result, want[i])
		}
	}
}
