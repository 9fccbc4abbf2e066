package main

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// settle pays out at the provider and runs the daily job.
func (x *shop) settle() *paymentv1.SettleResponse {
	x.Helper()
	x.simulate("POST", "/simulator/payouts", nil)
	return x.settleAgain()
}

func (x *shop) settleAgain() *paymentv1.SettleResponse {
	x.Helper()
	scheduler := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService("scheduler"), x.base)
	res, err := scheduler.Settle(x.Context(), &paymentv1.SettleRequest{})
	if err != nil {
		x.Fatal(err)
	}
	return res
}

func (x *shop) settlements() []*paymentv1.Settlement {
	x.Helper()
	res, err := x.operator().ListSettlements(x.Context(), &paymentv1.ListSettlementsRequest{Reason: "month's end"})
	if err != nil {
		x.Fatal(err)
	}
	return res.GetSettlements()
}

func (x *shop) sql(statement string) {
	x.Helper()
	_, err := x.db.Client().ReadWriteTransaction(x.Context(), func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		_, err := tx.Update(ctx, spanner.NewStatement(statement))
		return err
	})
	if err != nil {
		x.Fatal(err)
	}
}

// Captures, refunds, a refund that failed, disputes: all that the provider has paid out is in the ledger alike.
func TestSettle(t *testing.T) {
	x := open(t)
	x.webhooks()
	x.captured("pm_card_visa")
	refunded := x.captured("pm_card_visa")
	x.cancel(refunded)
	x.reaches(refunded, payment.Refunded)
	won := x.captured("pm_card_visa")
	x.dispute(won, "open")
	x.reaches(won, payment.Disputed)
	x.dispute(won, "won")
	x.reaches(won, payment.Won)
	if res := x.settle(); res.GetPayouts() != 1 || res.GetDifferences() != 0 {
		t.Errorf("Settle = %v, want one payout without differences", res)
	}
	got := x.settlements()
	if len(got) != 1 || !got[0].GetDone() || got[0].GetMovements() != 6 || got[0].GetMatched() != 6 || len(got[0].GetDifferences()) != 0 {
		t.Fatalf("reports: %v", got)
	}
	balances := x.balances()
	if balances["provider"] != 0 || balances["bank"] != got[0].GetAmount().GetAmount() || balances["fees"] != got[0].GetFees().GetAmount() {
		t.Errorf("balances: %v after a payout of %v with fees of %v", balances, got[0].GetAmount(), got[0].GetFees())
	}
	if res := x.settleAgain(); res.GetPayouts() != 0 || x.count("Unsettled") != 0 {
		t.Errorf("again: %v, %d unsettled; want nothing left", res, x.count("Unsettled"))
	}
	x.sound()
}

// What differs is reported, an operator decides, and the books follow the decision.
func TestSettleFindsDifferences(t *testing.T) {
	x := open(t)
	missingHere, differs := x.row(x.captured("pm_card_visa")), x.row(x.captured("pm_card_visa"))
	x.sql("DELETE FROM Unsettled WHERE JournalId = 'capture/" + missingHere.ID + "'")
	x.sql("UPDATE Unsettled SET Amount = 1000 WHERE JournalId = 'capture/" + differs.ID + "'")
	x.sql("INSERT INTO Unsettled (JournalId, PaymentId, OrderId, Amount, Currency, BookedAt) VALUES " +
		"('capture/pay_gone', 'pay_gone', 'ord_gone', 700, 'JPY', '2020-01-01T00:00:00Z')")
	if res := x.settle(); res.GetDifferences() != 3 {
		t.Errorf("%d differences, want 3", res.GetDifferences())
	}
	kinds := map[string]int64{}
	for _, d := range x.settlements()[0].GetDifferences() {
		kinds[d.GetKind()] = d.GetTheirs().GetAmount() - d.GetOurs().GetAmount()
	}
	if kinds["MISSING_HERE"] != total || kinds["AMOUNT_DIFFERS"] != total-1000 || kinds["MISSING_THERE"] != -700 {
		t.Errorf("differences: %v", kinds)
	}
	before := x.balances()
	work := x.openWork()
	if len(work) != 3 {
		t.Fatalf("manual work: %v", work)
	}
	stake := int64(0)
	for _, w := range work {
		stake += w.GetAmount().GetAmount()
		if _, err := x.resolve(w.GetWorkId(), paymentv1.Decision_DECISION_WRITTEN_OFF); err != nil {
			t.Fatal(err)
		}
	}
	if after := x.balances(); after["provider"]-before["provider"] != stake || after["differences"] != -stake {
		t.Errorf("balances %v after %v, want %d moved", after, before, stake)
	}
	x.w.Advance(24 * time.Hour)
	x.captured("pm_card_visa")
	if res := x.settle(); res.GetPayouts() != 1 || res.GetDifferences() != 0 || len(x.openWork()) != 0 {
		t.Errorf("the next day: %v with %v open, want nothing new", res, x.openWork())
	}
}

// A payout is matched anew when somebody has put the cause right.
func TestSettleAnew(t *testing.T) {
	x := open(t)
	p := x.row(x.captured("pm_card_visa"))
	x.sql("UPDATE Unsettled SET Amount = 1000 WHERE JournalId = 'capture/" + p.ID + "'")
	x.settle()
	x.sql("UPDATE Unsettled SET Amount = 1980 WHERE JournalId = 'capture/" + p.ID + "'")
	if _, err := x.resolve(x.openWork()[0].GetWorkId(), paymentv1.Decision_DECISION_RETRY); err != nil {
		t.Fatal(err)
	}
	if res := x.settleAgain(); res.GetPayouts() != 1 || res.GetDifferences() != 0 {
		t.Errorf("Settle = %v, want the payout without differences", res)
	}
	if got := x.settlements(); got[0].GetMatched() != 1 || x.balances()["provider"] != 0 {
		t.Errorf("report %v, balances %v", got, x.balances())
	}
}
