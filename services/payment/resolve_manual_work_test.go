package main

import (
	"testing"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func (x *shop) operator() paymentv1connect.PaymentAdminServiceClient {
	return paymentv1connect.NewPaymentAdminServiceClient(x.w.As(testenv.User{ID: "ops_yuki", Operator: true}), x.base)
}

func (x *shop) openWork() []*paymentv1.ManualWork {
	x.Helper()
	res, err := x.operator().ListManualWork(x.Context(), &paymentv1.ListManualWorkRequest{Reason: "morning round"})
	if err != nil {
		x.Fatal(err)
	}
	return res.GetWork()
}

func (x *shop) resolve(workID string, d paymentv1.Decision) (*paymentv1.ManualWork, error) {
	x.Helper()
	res, err := x.operator().ResolveManualWork(x.Context(), &paymentv1.ResolveManualWorkRequest{WorkId: workID, Decision: d, Reason: "ticket 7"})
	return res.GetWork(), err
}

// stuckRefund is an order of which the provider refuses to refund a line.
func (x *shop) stuckRefund() (orderID, workID string) {
	x.Helper()
	orderID = x.captured("pm_card_visa")
	x.fault("decline", "", "/v1/refunds", map[string]any{"count": 3})
	x.w.DeliverTwice(x.base, x.refundDue(orderID, "return/1", 480))
	for range 10 {
		x.work()
		x.tick()
		if work := x.openWork(); len(work) == 1 {
			return orderID, work[0].GetWorkId()
		}
	}
	x.Fatalf("payment is %s and nobody was asked", x.row(orderID).State)
	return "", ""
}

func TestResolveManualWork(t *testing.T) {
	for _, tt := range []struct {
		decision paymentv1.Decision
		want     payment.State
		refunded int64 // at the provider
		outside  int64
	}{
		{paymentv1.Decision_DECISION_RETRY, payment.PartlyRefunded, 480, 0},
		{paymentv1.Decision_DECISION_SETTLED_OUTSIDE, payment.Captured, 0, -480},
		{paymentv1.Decision_DECISION_WRITTEN_OFF, payment.Captured, 0, 0},
	} {
		t.Run(tt.decision.String(), func(t *testing.T) {
			x := open(t)
			orderID, workID := x.stuckRefund()
			for range 2 {
				w, err := x.resolve(workID, tt.decision)
				if err != nil || w.GetDecision() != tt.decision {
					t.Fatalf("ResolveManualWork = %v, %v", w, err)
				}
			}
			x.reaches(orderID, tt.want)
			if in := x.charge(orderID); in.Refunded != tt.refunded || x.balances()["outside"] != tt.outside {
				t.Errorf("the provider refunded %d, outside %d; want %d, %d", in.Refunded, x.balances()["outside"], tt.refunded, tt.outside)
			}
			if left := x.openWork(); len(left) != 0 {
				t.Errorf("open: %v", left)
			}
			other := paymentv1.Decision_DECISION_WRITTEN_OFF
			if tt.decision == other {
				other = paymentv1.Decision_DECISION_RETRY
			}
			if _, err := x.resolve(workID, other); fault.ReasonOf(err) != fault.Conflict {
				t.Errorf("another decision: %v, want CONFLICT", err)
			}
			x.auditedOnce("ResolveManualWork", workID)
			x.sound()
		})
	}
}

// auditedOnce checks the one audit row of a decision.
func (x *shop) auditedOnce(method, subject string) {
	x.Helper()
	rows, err := spandb.Rows[glance](x.Context(), x.db.Single(), "AdminAudit", spanner.AllKeys())
	if err != nil {
		x.Fatal(err)
	}
	n := 0
	for _, r := range rows {
		if r.Subject == subject && r.Actor == "user/ops_yuki" && r.Reason == "ticket 7" && r.Detail != "" && r.Method != "" {
			n++
		}
	}
	if n != 1 {
		x.Errorf("%d audit rows of %s %s, want 1: %+v", n, method, subject, rows)
	}
}

func TestOperatorsAlone(t *testing.T) {
	x := open(t)
	customer := paymentv1connect.NewPaymentAdminServiceClient(x.w.As(testenv.User{ID: customer1}), x.base)
	_, err := customer.GetTrialBalance(t.Context(), &paymentv1.GetTrialBalanceRequest{Reason: "curious"})
	if fault.ReasonOf(err) != fault.CallerNotAllowed {
		t.Errorf("a customer: %v, want CALLER_NOT_ALLOWED", err)
	}
	_, err = x.operator().GetTrialBalance(t.Context(), &paymentv1.GetTrialBalanceRequest{})
	if fault.ReasonOf(err) != fault.FieldInvalid {
		t.Errorf("without a reason: %v, want FIELD_INVALID", err)
	}
	_, err = x.resolve("refund/none", paymentv1.Decision_DECISION_RETRY)
	if fault.ReasonOf(err) != fault.NotFound {
		t.Errorf("no such work: %v, want NOT_FOUND", err)
	}
	if n := x.count("AdminAudit"); n != 0 {
		t.Errorf("%d audit rows of what was refused", n)
	}
}
