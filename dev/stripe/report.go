package main

import (
	"net/http"
	"time"
)

// intentReport is one payment as the ledger has it, for those who compare it with
// their own books. Amounts are in minor units.
type intentReport struct {
	ID            string            `json:"id"`
	Status        string            `json:"status"`
	Currency      string            `json:"currency"`
	Amount        int64             `json:"amount"`
	Authorised    int64             `json:"amount_authorised"` // ever held or taken
	Capturable    int64             `json:"amount_capturable"`
	Captured      int64             `json:"amount_captured"`
	Released      int64             `json:"amount_released"`
	Refunded      int64             `json:"amount_refunded"`
	Customer      string            `json:"customer,omitempty"`
	PaymentMethod string            `json:"payment_method,omitempty"`
	CaptureMethod string            `json:"capture_method"`
	CancelReason  string            `json:"cancellation_reason,omitempty"`
	Metadata      map[string]string `json:"metadata"`
	Created       time.Time         `json:"created"`
	CaptureBefore *time.Time        `json:"capture_before,omitempty"`
	Dispute       string            `json:"dispute,omitempty"` // its status
	Entries       []entry           `json:"entries"`
	Refunds       []refundReport    `json:"refunds"`
}

type refundReport struct {
	ID       string            `json:"id"`
	Amount   int64             `json:"amount"`
	Status   string            `json:"status"`
	Metadata map[string]string `json:"metadata"`
	Created  time.Time         `json:"created"`
	Key      string            `json:"idempotency_key,omitempty"`
}

// totals of one currency.
type totals struct {
	Authorised int64 `json:"authorised"`
	Captured   int64 `json:"captured"`
	Released   int64 `json:"released"`
	Refunded   int64 `json:"refunded"`
}

// readLedger shows all payments, or one (?payment_intent=), or those with some
// metadata (?metadata[order_id]=…).
func (s *simulator) readLedger(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		answerError(w, http.StatusBadRequest, err.Error())
		return
	}
	only, want := r.Form.Get("payment_intent"), newParams(r.Form).metadata()
	reports, sums := []intentReport{}, map[string]*totals{}
	for _, pi := range s.ledger.intents.all("") {
		if only != "" && pi.id != only {
			continue
		}
		if rep := pi.report(); contains(rep.Metadata, want) {
			reports = append(reports, rep)
			rep.addTo(sums)
		}
	}
	answer(w, http.StatusOK, map[string]any{"payment_intents": reports, "totals": sums})
}

func (r *intentReport) addTo(sums map[string]*totals) {
	t, ok := sums[r.Currency]
	if !ok {
		t = new(totals)
		sums[r.Currency] = t
	}
	t.Authorised += r.Authorised
	t.Captured += r.Captured
	t.Released += r.Released
	t.Refunded += r.Refunded
}

func (pi *intent) report() intentReport {
	pi.mu.Lock()
	defer pi.mu.Unlock()
	r := intentReport{
		ID: pi.id, Status: pi.status, Currency: pi.currency, Amount: pi.amount, Capturable: pi.capturable(),
		Captured: pi.captured, Released: pi.released, Refunded: pi.refunded(), Customer: pi.customer,
		CaptureMethod: pi.captureMethod, CancelReason: pi.cancelReason, Metadata: pi.metadata,
		Created: pi.created.UTC(), Entries: append([]entry{}, pi.entries...), Refunds: []refundReport{},
	}
	if pi.method != nil {
		r.PaymentMethod = pi.method.id
	}
	if pi.charge != nil && pi.charge.decline == nil {
		r.Authorised = pi.charge.amount
		if until := pi.charge.captureUntil.UTC(); !pi.charge.captureUntil.IsZero() {
			r.CaptureBefore = &until
		}
	}
	if pi.dispute != nil {
		r.Dispute = pi.dispute.status
	}
	for _, f := range pi.refunds {
		r.Refunds = append(r.Refunds, refundReport{f.id, f.amount, f.status, f.metadata, f.created.UTC(), f.key})
	}
	return r
}
