package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// refundDue is order.refund_due for one line.
func (x *shop) refundDue(orderID, key string, amount int64) testenv.Event {
	return testenv.NewEvent(x, "order", "order.refund_due", "order/"+orderID, 5, &orderv1.OrderEvent{
		OrderId: orderID, Version: 5, CustomerId: customer1,
		RefundsDue: []*orderv1.RefundDue{{Key: key, Sku: "sku_tea", Quantity: 1, Amount: yen(amount), Reason: "RETURN"}},
	})
}

// captured is an order whose money was taken.
func (x *shop) captured(method string) string {
	x.Helper()
	orderID := newOrder()
	x.authorise(orderID, method)
	x.confirm(orderID)
	x.reaches(orderID, payment.Captured)
	return orderID
}

func TestRefundPerLine(t *testing.T) {
	x := open(t)
	orderID := x.captured("pm_card_visa")
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/1", 480))
	if p := x.reaches(orderID, payment.PartlyRefunded); p.Refunded != 480 {
		t.Errorf("refunded %d, want 480", p.Refunded)
	}
	var e paymentv1.PaymentEvent
	x.w.WaitEvent("payment.refunded").Decode(t, &e)
	if e.GetRefundAmount().GetAmount() != 480 || e.GetState() != paymentv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED {
		t.Errorf("payment.refunded: %v", &e)
	}
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/2", 1500))
	x.reaches(orderID, payment.Refunded)
	if in := x.charge(orderID); in.Refunded != total || in.count("refunded") != 2 {
		t.Errorf("the provider's ledger: %+v, want two refunds of all", in)
	}
	want := []payment.State{
		payment.Created, payment.Authorised, payment.Capturing, payment.Captured,
		payment.Refunding, payment.PartlyRefunded, payment.Refunding, payment.Refunded,
	}
	if diff := cmp.Diff(want, x.states(orderID)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	x.sound()
}

// More than was taken, another amount for the same cause, and what names no cause are refused for good.
func TestRefundDueRefuses(t *testing.T) {
	x := open(t)
	orderID := x.captured("pm_card_visa")
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/1", 480))
	x.reaches(orderID, payment.PartlyRefunded)
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/3", 0)) // points paid for it: nothing to do, and no refusal
	for i, e := range []testenv.Event{
		x.refundDue(orderID, "return/2", 1501), x.refundDue(orderID, "return/1", 481), x.refundDue(orderID, "", 10),
		x.refundDue(orderID, "return/4", -5), x.refundDue(orderID, "return/5", 1<<62),
		x.orderEvent("order.refund_due", orderID, 0),
	} {
		if code := x.w.Deliver(x.base, e); code/100 != 2 {
			t.Errorf("event %d: HTTP %d, want 2xx: refused for good", i, code)
		}
		if dead := countEvents(x, "order-payment-dead"); dead != i+1 {
			t.Errorf("event %d: %d dead letters, want %d", i, dead, i+1)
		}
	}
	if p := x.row(orderID); p.State != payment.PartlyRefunded || p.Refunded != 480 {
		t.Errorf("row: %s, refunded %d", p.State, p.Refunded)
	}
	if code := x.w.Deliver(x.base, x.refundDue(x.authorised(), "return/1", 10)); code != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d before the capture, want 503: it is to come again", code)
	}
	x.sound()
}

// Full and partial refunds at once never give back more than was taken.
func TestTwoRefundsAtOnce(t *testing.T) {
	x := open(t)
	for range 3 {
		orderID := x.captured("pm_card_visa")
		var both sync.WaitGroup
		both.Go(func() { x.w.Deliver(x.base, x.refundDue(orderID, "return/1", 480)) })
		both.Go(func() { x.w.Deliver(x.base, x.orderEvent("order.cancelled", orderID, 0)) })
		both.Go(func() { x.w.Deliver(x.base, x.refundDue(orderID, "return/2", 1700)) })
		both.Wait()
		p := x.reaches(orderID, payment.Refunded)
		if in := x.charge(orderID); p.Refunded != total || in.Refunded != total {
			t.Errorf("refunded %d here, %d at the provider; want %d", p.Refunded, in.Refunded, total)
		}
	}
	x.sound()
}

// A refund that fails after it had succeeded is made again, and in the end somebody is asked.
func TestRefundFailsAfterItSucceeded(t *testing.T) {
	x := open(t)
	x.webhooks()
	orderID := x.captured("pm_card_visa")
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/1", 480))
	x.reaches(orderID, payment.PartlyRefunded)
	for n := 1; n <= 3; n++ {
		made := x.refunds(orderID)
		x.simulate("POST", "/simulator/refunds/"+made[len(made)-1]+"?outcome=fail", nil)
		if n == 3 {
			break
		}
		testenv.Eventually(x, func() error {
			x.work()
			if p := x.row(orderID); len(x.refunds(orderID)) != n+1 || p.State != payment.PartlyRefunded {
				return fmt.Errorf("payment is %s after failure %d", p.State, n)
			}
			return nil
		})
	}
	eventually(x, func() bool { x.work(); return len(x.openWork()) == 1 })
	p := x.row(orderID)
	if in := x.charge(orderID); p.State != payment.Refunding || p.Refunded != 0 || in.Refunded != 0 {
		t.Errorf("%s, refunded %d here, %d at the provider; want REFUNDING and none", p.State, p.Refunded, in.Refunded)
	}
	x.sound()
}
