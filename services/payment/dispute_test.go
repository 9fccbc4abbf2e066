package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func (x *shop) dispute(orderID, outcome string) {
	x.Helper()
	x.simulate("POST", "/simulator/disputes/"+x.row(orderID).IntentID+"?outcome="+outcome, nil)
}

func TestDispute(t *testing.T) {
	x := open(t)
	x.webhooks()
	for outcome, want := range map[string]payment.State{"won": payment.Won, "lost": payment.Lost} {
		t.Run(outcome, func(t *testing.T) {
			x := x.in(t)
			orderID := x.captured("pm_card_visa")
			x.dispute(orderID, "open")
			x.reaches(orderID, payment.Disputed)
			x.dispute(orderID, outcome)
			x.reaches(orderID, want)
			states := []payment.State{payment.Created, payment.Authorised, payment.Capturing, payment.Captured, payment.Disputed, want}
			if diff := cmp.Diff(states, x.states(orderID)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"payment.authorised", "payment.captured", "payment.disputed"}, x.events(orderID)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
	x.sound()
	if got := x.balances(); got["disputes"] != 0 || got["losses"] != total || got["provider"] != total || got["orders"] != -2*total {
		t.Errorf("balances: %v", got)
	}
}

// What is to go back while the bank decides waits for somebody; what the bank gives back goes on to who cancelled after.
func TestRefundDuringDispute(t *testing.T) {
	x := open(t)
	x.webhooks()
	orderID := x.captured("pm_card_visa")
	x.dispute(orderID, "open")
	x.reaches(orderID, payment.Disputed)
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/1", 480))
	work := x.openWork()
	if len(work) != 1 || work[0].GetKind() != paymentv1.ManualKind_MANUAL_KIND_REFUND_IN_DISPUTE || work[0].GetAmount().GetAmount() != 480 {
		t.Fatalf("manual work: %v", work)
	}
	x.sound()
	if _, err := x.resolve(work[0].GetWorkId(), paymentv1.Decision_DECISION_RETRY); err == nil {
		t.Error("a refund can be tried again while the bank decides")
	}
	x.dispute(orderID, "won")
	x.reaches(orderID, payment.Won)
	if _, err := x.resolve(work[0].GetWorkId(), paymentv1.Decision_DECISION_RETRY); err != nil {
		t.Fatal(err)
	}
	if p := x.reaches(orderID, payment.PartlyRefunded); p.Refunded != 480 {
		t.Errorf("refunded %d, want 480", p.Refunded)
	}
	x.cancel(orderID)
	x.reaches(orderID, payment.Refunded)
	x.sound()
}

// The notices of a dispute are lost: the settlement finds it.
func TestDisputeWithoutNotice(t *testing.T) {
	x := open(t)
	orderID := x.captured("pm_card_visa")
	x.dispute(orderID, "open")
	if res := x.settle(); res.GetDifferences() != 0 {
		t.Errorf("%d differences, want none", res.GetDifferences())
	}
	if p := x.row(orderID); p.State != payment.Disputed {
		t.Errorf("payment is %s, want DISPUTED", p.State)
	}
	x.sound()
}
