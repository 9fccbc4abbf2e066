package main

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"connectrpc.com/connect"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func TestAdvanceRefuses(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	for name, tt := range map[string]struct {
		client, payment string
		code            connect.Code
		want            fault.Reason
	}{
		"absent":          {"tasks", id.New("pay"), connect.CodeNotFound, fault.NotFound},
		"a strange id":    {"tasks", "pay_1", connect.CodeInvalidArgument, fault.FieldInvalid},
		"another service": {"order", x.row(orderID).ID, connect.CodePermissionDenied, fault.CallerNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			client := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService(tt.client), x.base)
			_, err := client.AdvancePayment(t.Context(), &paymentv1.AdvancePaymentRequest{PaymentId: tt.payment})
			if connect.CodeOf(err) != tt.code || fault.ReasonOf(err) != tt.want {
				t.Errorf("AdvancePayment: %v, want %s %s", err, tt.code, tt.want)
			}
		})
	}
}

// crash writes a payment as an instance has left it that died at some point of Authorise.
func (x *shop) crash(orderID string, upTo func(c *payment.Change)) {
	x.Helper()
	_, err := x.db.Update(x.Context(), "test", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		now, err := spandb.Now(ctx, tx, x.w.Clock())
		if err != nil {
			return err
		}
		c := payment.New(payment.Payment{
			ID: id.New("pay"), OrderID: orderID, CustomerID: customer1, Amount: total, Currency: "JPY", SavedMethodID: "pm_card_visa",
		}, now)
		upTo(c)
		ms, err := c.Rows(payment.Cause{Actor: "test", Method: "test"})
		if err != nil {
			return err
		}
		return tx.BufferWrite(ms)
	})
	if err != nil {
		x.Fatal(err)
	}
}

// Whoever dies in the middle of Authorise, the sweep finishes it, and once.
func TestTheSweepFinishesWhatACrashLeft(t *testing.T) {
	x := open(t)
	x.authorised() // the provider knows the customer
	for name, upTo := range map[string]func(*payment.Change){
		"before the first call's row": func(*payment.Change) {},
		"after the first call's row":  func(c *payment.Change) { c.Begin(payment.OpCreate, id.New("op")) },
		"in UNKNOWN":                  func(c *payment.Change) { c.Begin(payment.OpCreate, id.New("op")); c.LoseAnswer() },
	} {
		t.Run(name, func(t *testing.T) {
			x := x.in(t)
			orderID := newOrder()
			x.crash(orderID, upTo)
			x.later(orderID, payment.Authorised)
			if in := x.charge(orderID); in.count("authorised") != 1 {
				t.Errorf("the provider's ledger: %+v, want one hold", in)
			}
		})
	}
	t.Run("the order dies meanwhile", func(t *testing.T) {
		x := x.in(t)
		orderID := newOrder()
		x.crash(orderID, func(c *payment.Change) { c.Begin(payment.OpCreate, id.New("op")) })
		x.cancel(orderID)
		x.later(orderID, payment.Voided)
	})
	x.sound()
}

// A first try is its task's, whose queue keeps to the provider's rate. The sweep takes it when the task must have been lost.
func TestTheSweepLeavesFirstTriesToTheirTasks(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	x.w.Deliver(x.base, x.orderEvent("order.cancelled", orderID, total))
	for range 3 {
		x.tick()
	}
	if p := x.row(orderID); p.State != payment.Voiding || p.Attempts != 0 {
		t.Errorf("after three sweeps: %s, %d attempts; want VOIDING, left to its task", p.State, p.Attempts)
	}
	x.w.Advance(30 * time.Minute)
	x.tick()
	if p := x.row(orderID); p.State != payment.Voided {
		t.Errorf("after half an hour: %s, want VOIDED by the sweep", p.State)
	}
	x.sound()
}

// What a crash has left, the sweep of an instance takes at the pace that the provider bears.
func TestTheSweepKeepsItsPace(t *testing.T) {
	x := open(t, func(x *shop) { x.w.Set("SWEPT_PER_SECOND", "0.001") })
	x.authorised()
	var orders []string
	for range leastBurst + 2 {
		orders = append(orders, newOrder())
		x.crash(orders[len(orders)-1], func(*payment.Change) {})
	}
	advanced := func() (n int) {
		for _, orderID := range orders {
			if x.row(orderID).State == payment.Authorised {
				n++
			}
		}
		return n
	}
	x.tick()
	eventually(x, func() bool { return advanced() == leastBurst }) // its own sweep may have taken one
	x.tick()
	if n := advanced(); n != leastBurst {
		t.Errorf("another sweep advanced %d payments more", n-leastBurst)
	}
}

// What did not work is tried again by a task, at the queue's rate.
func TestATryInVainIsRepeatedByATask(t *testing.T) {
	x := open(t, func(x *shop) { x.w.Set("SWEPT_PER_SECOND", "0.0001") })
	for range leastBurst { // nothing is left to the sweep
		x.crash(newOrder(), func(*payment.Change) {})
	}
	x.tick()
	orderID := x.authorised()
	x.fault("error", "before", "/v1/payment_intents/*/capture", nil)
	x.confirm(orderID)
	if p := x.row(orderID); p.State != payment.Capturing || p.Attempts != 1 {
		t.Fatalf("after a failure: %s, %d attempts; want CAPTURING, 1", p.State, p.Attempts)
	}
	x.w.Advance(15 * time.Second)
	x.reaches(orderID, payment.Captured)
	x.sound()
}

// A repeated Authorise goes on with what a crash left, once the lease is over.
func TestAuthoriseGoesOnAfterACrash(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	x.crash(orderID, func(*payment.Change) {})
	if res := x.authorise(orderID, "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_CREATED {
		t.Errorf("Authorise under another's lease = %s, want CREATED", res.GetState())
	}
	x.w.Advance(payment.Lease)
	if res := x.authorise(orderID, "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
		t.Errorf("Authorise after the lease = %s, want AUTHORISED", res.GetState())
	}
}
