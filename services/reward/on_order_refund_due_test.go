package main

import (
	"net/http"
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// refundDue is order.refund_due for one line that n points have paid.
func (w *world) refundDue(orderID, customerID, key string, n int64) testenv.Event {
	return testenv.NewEvent(w.t, "order", "order.refund_due", "order/"+orderID, 6, &orderv1.OrderEvent{
		OrderId: orderID, Version: 6, CustomerId: customerID,
		RefundsDue: []*orderv1.RefundDue{{Key: key, Sku: "sku_tea", Quantity: 1, Amount: yen(0), Points: n, Reason: "RETURN"}},
	})
}

// paidWith is an order of a customer's, paid with n points.
func (w *world) paidWith(customerID string, n int64) *orderv1.OrderEvent {
	w.t.Helper()
	m := bought(id.New("ord"), "", customerID)
	if err := w.hold(m.GetOrderId(), customerID, n); err != nil {
		w.t.Fatal(err)
	}
	m.GroupId, m.Points = "", n
	w.deliver(w.orderEvent("order.paid", m))
	return m
}

func TestRefundDueReturnsTheLinesPoints(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	m := w.paidWith("hanako", 60)
	w.wantBalance("hanako", balance{Available: 40})
	w.deliver(w.refundDue(m.GetOrderId(), "hanako", "re_1/1", 25))
	w.wantBalance("hanako", balance{Available: 65})
	w.deliver(w.refundDue(m.GetOrderId(), "hanako", "re_1/2", 0)) // paid with money alone
	w.deliver(w.refundDue(m.GetOrderId(), "hanako", "re_2/1", 10), w.orderEvent("order.completed", m))
	w.wantBalance("hanako", balance{Available: 75})
	w.wantKinds("hanako", points.KindEarn, points.KindVest, points.KindHold, points.KindCommit, points.KindReturn, points.KindReturn)
	w.wantSound()
}

// An order that is cancelled after a line came back returns the rest, and a line that comes late returns nothing more.
func TestRefundDueAndCancelledTogetherReturnWhatWasSpent(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	m := w.paidWith("hanako", 60)
	w.deliver(w.refundDue(m.GetOrderId(), "hanako", "re_1/1", 25), w.orderEvent("order.cancelled", m))
	w.deliver(w.refundDue(m.GetOrderId(), "hanako", "re_1/2", 35))
	w.wantBalance("hanako", balance{Available: 100})
	w.wantSound()
}

func TestRefundDueBeforeItsOrderComesAgain(t *testing.T) {
	w := start(t)
	if code := w.Deliver(w.base, w.refundDue(id.New("ord"), "hanako", "re_1/1", 5)); code != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d, want 503: it is to come again", code)
	}
}

// More points than were spent, a line without a key, and an event without lines are refused for good.
func TestRefundDueRefuses(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	m := w.paidWith("hanako", 60)
	none := testenv.NewEvent(t, "order", "order.refund_due", "order/"+m.GetOrderId(), 6, &orderv1.OrderEvent{OrderId: m.GetOrderId()})
	for i, e := range []testenv.Event{
		w.refundDue(m.GetOrderId(), "hanako", "re_1/1", 61), w.refundDue(m.GetOrderId(), "hanako", "re_1/1", -1),
		w.refundDue(m.GetOrderId(), "hanako", "", 5), none,
	} {
		if code := w.Deliver(w.base, e); code/100 != 2 {
			t.Errorf("event %d: HTTP %d, want 2xx: refused for good", i, code)
		}
	}
	dead := 0
	for _, e := range w.Events() {
		if e.Topic == "order-reward-dead" {
			dead++
		}
	}
	if dead != 4 {
		t.Errorf("%d dead letters, want 4", dead)
	}
	w.wantBalance("hanako", balance{Available: 40})
	w.wantSound()
}
