package main

import (
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v86"
)

func (p *provider) refund(id string, amount int64) (*stripe.Refund, error) {
	params := &stripe.RefundCreateParams{PaymentIntent: &id}
	if amount != 0 {
		params.Amount = &amount
	}
	params.AddMetadata("refund_id", "rfd_1")
	return p.stripe.V1Refunds.Create(p.t.Context(), params)
}

func TestRefundsNeverExceedWhatWasCaptured(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.held(3000)
	_, err := p.refund(pi.ID, 100)
	refusal(t, err, 400, "charge_not_refundable")
	captured, err := p.stripe.V1PaymentIntents.Capture(t.Context(), pi.ID, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(2500)})
	must(t, captured, err)
	first, err := p.refund(pi.ID, 1000)
	if must(t, first, err).Status != stripe.RefundStatusSucceeded || first.Metadata["refund_id"] != "rfd_1" || first.PaymentIntent.ID != pi.ID {
		t.Errorf("got %+v", first)
	}
	_, err = p.refund(pi.ID, 1501)
	refusal(t, err, 400, "")
	rest, err := p.refund(pi.ID, 0)
	if must(t, rest, err).Amount != 1500 {
		t.Errorf("the rest is %d, want 1500", rest.Amount)
	}
	_, err = p.refund(pi.ID, 1)
	refusal(t, err, 400, "charge_already_refunded")
	_, err = p.refund("pi_absent", 1)
	refusal(t, err, 400, "resource_missing")
	if r := p.report(pi.ID); r.Refunded != 2500 || len(r.Refunds) != 2 {
		t.Errorf("ledger: %+v", r)
	}
	var ids []string
	for r, err := range p.stripe.V1Refunds.List(t.Context(), &stripe.RefundListParams{PaymentIntent: &pi.ID}).All(t.Context()) {
		ids = append(ids, must(t, r, err).ID)
	}
	if len(ids) != 2 || ids[0] != rest.ID || ids[1] != first.ID {
		t.Errorf("listed %v", ids)
	}
	p.heard.event("charge.refunded")
	p.heard.event("refund.created")
}

func TestRefundThatFailsLater(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.taken(500, "pm_card_refundFail")
	r, err := p.refund(pi.ID, 500)
	if must(t, r, err).Status != stripe.RefundStatusSucceeded {
		t.Errorf("answered %s", r.Status)
	}
	p.heard.event("refund.failed")
	r, err = p.stripe.V1Refunds.Retrieve(t.Context(), r.ID, nil)
	if must(t, r, err).Status != stripe.RefundStatusFailed || p.report(pi.ID).Refunded != 0 {
		t.Errorf("got %s, refunded %d", r.Status, p.report(pi.ID).Refunded)
	}
}

func TestPendingRefundIsSettledByHand(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.taken(500, "pm_card_pendingRefund")
	r, err := p.refund(pi.ID, 200)
	if must(t, r, err).Status != stripe.RefundStatusPending {
		t.Errorf("answered %s", r.Status)
	}
	p.control("POST", "/simulator/refunds/"+r.ID+"?outcome=succeed", nil, http.StatusOK, nil)
	p.control("POST", "/simulator/refunds/"+r.ID+"?outcome=succeed", nil, http.StatusConflict, nil)
	p.heard.event("refund.updated")
	p.control("POST", "/simulator/refunds/"+r.ID+"?outcome=fail", nil, http.StatusOK, nil)
	if got := p.report(pi.ID); got.Refunded != 0 || got.Refunds[0].Status != "failed" {
		t.Errorf("ledger: %+v", got)
	}
}

func TestDisputeTakesMoneyUntilItIsDecided(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.taken(1000, "pm_card_createDispute")
	_, err := p.refund(pi.ID, 100)
	refusal(t, err, 400, "charge_disputed")
	var found []*stripe.Dispute
	for d, err := range p.stripe.V1Disputes.List(t.Context(), &stripe.DisputeListParams{PaymentIntent: &pi.ID}).All(t.Context()) {
		found = append(found, must(t, d, err))
	}
	if len(found) != 1 || found[0].Amount != 1000 || found[0].BalanceTransactions[0].Net != -2500 {
		t.Fatalf("disputes: %+v", found)
	}
	p.control("POST", "/simulator/disputes/"+pi.ID+"?outcome=won", nil, http.StatusOK, nil)
	d, err := p.stripe.V1Disputes.Retrieve(t.Context(), found[0].ID, nil)
	if must(t, d, err).Status != stripe.DisputeStatusWon {
		t.Errorf("got %s", d.Status)
	}
	if _, err = p.refund(pi.ID, 100); err != nil {
		t.Errorf("a won payment can be refunded: %v", err)
	}
	p.control("POST", "/simulator/disputes/"+pi.ID+"?outcome=lost", nil, http.StatusConflict, nil)
	p.heard.event("charge.dispute.created")
	p.heard.event("charge.dispute.closed")
}

func TestPayoutIsTheSumOfItsTransactions(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.taken(10_000, "pm_card_visa")
	_, err := p.refund(pi.ID, 4000)
	if err != nil {
		t.Fatal(err)
	}
	p.control("POST", "/simulator/payouts", nil, http.StatusOK, nil)
	p.control("POST", "/simulator/payouts", nil, http.StatusOK, nil) // nothing is left
	var payouts []*stripe.Payout
	for po, err := range p.stripe.V1Payouts.List(t.Context(), nil).All(t.Context()) {
		payouts = append(payouts, must(t, po, err))
	}
	if len(payouts) != 1 || payouts[0].Amount != 10_000-360-4000 {
		t.Fatalf("payouts: %+v", payouts)
	}
	var sum int64
	kinds := map[stripe.BalanceTransactionType]int{}
	for tx, err := range p.stripe.V1BalanceTransactions.List(t.Context(), &stripe.BalanceTransactionListParams{Payout: &payouts[0].ID}).All(t.Context()) {
		sum += must(t, tx, err).Net
		kinds[tx.Type]++
	}
	if sum != 0 || kinds["charge"] != 1 || kinds["refund"] != 1 || kinds["payout"] != 1 {
		t.Errorf("the transactions sum to %d: %v", sum, kinds)
	}
	p.heard.event("payout.paid")
}
