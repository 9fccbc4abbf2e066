package main

import (
	"net/http"
	"time"
)

// States of a refund.
const (
	refundPending = "pending"
	refundFailed  = "failed"
)

// refund is money on its way back, under its intent's lock.
type refund struct {
	id          string
	intent      *intent
	created     time.Time
	amount      int64
	reason      string
	status      string // pending, succeeded, failed
	failure     string
	metadata    map[string]string
	transaction *transaction
	reversal    *transaction // of a failure
	key         string       // under which it was asked for
}

// createRefund sends captured money back, all that is left of it when no amount
// is given.
func (s *simulator) createRefund(c *call) (any, *apiError) {
	p := c.params
	intentID, chargeID := p.str("payment_intent"), p.str("charge")
	amount := p.integer("amount", 0)
	given := p.form.Has("amount")
	reason := p.oneOf("reason", "", "duplicate", "fraudulent", "requested_by_customer")
	metadata := p.metadata()
	if intentID == "" && chargeID == "" {
		p.fail(refuseParam("parameter_missing", "payment_intent", "One of the following params should be provided for this request: payment_intent or charge."))
	}
	if given && amount < 1 {
		p.fail(refuseParam("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1."))
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	pi, err := s.refundedIntent(intentID, chargeID)
	if err != nil {
		return nil, err
	}
	pi.mu.Lock()
	defer pi.mu.Unlock()
	left := pi.captured - pi.refunded()
	if !given {
		amount = left
	}
	if err := refundable(pi, amount, left); err != nil {
		return nil, err
	}
	return s.renderRefund(s.refund(c, pi, amount, reason, metadata), c.expand), nil
}

// refundedIntent finds the intent by its own id or by its charge's.
func (s *simulator) refundedIntent(intentID, chargeID string) (*intent, *apiError) {
	if intentID != "" {
		if pi, ok := s.ledger.intents.get(intentID); ok {
			return pi, nil
		}
		return nil, missing("payment_intent", intentID, "payment_intent")
	}
	if ch, ok := s.ledger.charges.get(chargeID); ok {
		return ch.intent, nil
	}
	return nil, missing("charge", chargeID, "charge")
}

func refundable(pi *intent, amount, left int64) *apiError {
	switch {
	case pi.charge == nil || !pi.charge.captured:
		return refuseBegun("charge_not_refundable", "payment_intent", "This PaymentIntent ("+pi.id+") does not have a successful charge to refund.")
	case pi.dispute != nil && pi.dispute.status != disputeWon:
		return refuseBegun("charge_disputed", "", "The charge, "+pi.charge.id+", has been charged back; cannot issue a refund.")
	case left == 0:
		return refuseBegun("charge_already_refunded", "", "Charge "+pi.charge.id+" has already been refunded.")
	case amount > left:
		return refuseBegun("", "amount", "Refund amount ("+minor(amount, pi.currency)+") is greater than unrefunded amount on charge ("+minor(left, pi.currency)+")")
	}
	return nil
}

// refund moves the money; the card, or a scripted fault, decides what becomes of it.
func (s *simulator) refund(c *call, pi *intent, amount int64, reason string, metadata map[string]string) *refund {
	r := &refund{id: newID("re"), intent: pi, created: s.now(), amount: amount, reason: reason, status: succeeded, metadata: metadata, key: c.key}
	if pi.charge.method.card.refund == refundPending {
		r.status = refundPending
	}
	r.transaction = s.post("refund", -amount, 0, pi.currency, r.id)
	pi.refunds = append(pi.refunds, r)
	s.ledger.refunds.add(r.id, r, pi.id, pi.charge.id)
	s.note(pi, c, entry{Kind: entryRefunded, Amount: amount, Object: r.id, Transaction: r.transaction.id})
	s.tellRefund(c, "refund.created", r)
	s.tellCharge(c, "charge.refunded", pi.charge)
	switch {
	case c.refusal() != nil:
		s.failRefund(c, r) // at once: the answer already says so
	case pi.charge.method.card.refund == refundFailed:
		s.failLater(pi, r)
	}
	return r
}

// failLater fails a refund after it was answered as succeeded.
func (s *simulator) failLater(pi *intent, r *refund) {
	go func() {
		pi.mu.Lock()
		defer pi.mu.Unlock()
		s.failRefund(nil, r)
	}()
}

// failRefund brings the money back to our balance; only once.
func (s *simulator) failRefund(c *call, r *refund) bool {
	if r.status == refundFailed {
		return false
	}
	r.status, r.failure = refundFailed, "expired_or_canceled_card"
	r.reversal = s.post("refund_failure", r.amount, 0, r.intent.currency, r.id)
	s.note(r.intent, c, entry{Kind: entryRefundFailed, Amount: r.amount, Object: r.id, Transaction: r.reversal.id})
	s.tellRefund(c, "refund.failed", r)
	s.tellRefund(c, "charge.refund.updated", r)
	return true
}

func (s *simulator) getRefund(c *call) (any, *apiError) {
	r, ok := s.ledger.refunds.get(c.object)
	if !ok {
		return nil, missing("refund", c.object, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	r.intent.mu.Lock()
	defer r.intent.mu.Unlock()
	return s.renderRefund(r, c.expand), nil
}

func (s *simulator) listRefunds(c *call) (any, *apiError) {
	intentID, chargeID := c.params.str("payment_intent"), c.params.str("charge")
	created, page := c.params.span("created"), c.page()
	if err := c.params.done(); err != nil {
		return nil, err
	}
	group := intentID
	if group == "" {
		group = chargeID
	} else if _, ok := s.ledger.intents.get(intentID); !ok {
		return nil, missing("payment_intent", intentID, "payment_intent")
	}
	return paged(c, page, s.ledger.refunds.all(group),
		func(r *refund) string { return r.id },
		func(r *refund) bool { return created(r.created) },
		func(r *refund, e expansion) any {
			r.intent.mu.Lock()
			defer r.intent.mu.Unlock()
			return s.renderRefund(r, e)
		})
}

// settleRefund is the bank's answer to a refund, now or later.
func (s *simulator) settleRefund(w http.ResponseWriter, req *http.Request) {
	what, ok := outcome(w, req, "succeed", "fail")
	if !ok {
		return
	}
	r, found := s.ledger.refunds.get(req.PathValue("id"))
	if !found {
		answerError(w, http.StatusNotFound, "no such refund")
		return
	}
	r.intent.mu.Lock()
	defer r.intent.mu.Unlock()
	changed := what == "fail" && s.failRefund(nil, r)
	if what == "succeed" && r.status == refundPending {
		r.status, changed = succeeded, true
		s.tellRefund(nil, "refund.updated", r)
	}
	if !changed {
		answerError(w, http.StatusConflict, "the refund is already "+r.status)
		return
	}
	answer(w, http.StatusOK, s.renderRefund(r, nil))
}

type refundObject struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	Transaction    reference         `json:"balance_transaction"`
	Charge         reference         `json:"charge"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	FailureReason  string            `json:"failure_reason,omitempty"`
	FailureBalance string            `json:"failure_balance_transaction,omitempty"`
	Metadata       map[string]string `json:"metadata"`
	PaymentIntent  reference         `json:"payment_intent"`
	Reason         text              `json:"reason"`
	ReceiptNumber  text              `json:"receipt_number"`
	Status         string            `json:"status"`
}

// renderRefund shows a refund of a locked intent.
func (s *simulator) renderRefund(r *refund, e expansion) *refundObject {
	o := &refundObject{
		ID: r.id, Object: "refund", Amount: r.amount, Transaction: s.transactionRef(e, r.transaction),
		Charge: s.chargeRef(e, "charge", r.intent.charge), Created: r.created.Unix(), Currency: r.intent.currency,
		FailureReason: r.failure, Metadata: r.metadata, PaymentIntent: s.intentRef(e, r.intent),
		Reason: text(r.reason), Status: r.status,
	}
	if r.reversal != nil {
		o.FailureBalance = r.reversal.id
	}
	return o
}

func (s *simulator) tellRefund(c *call, typ string, r *refund) {
	s.publish(c, typ, s.renderRefund(r, nil), r.intent.metadata)
}
