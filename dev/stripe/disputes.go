package main

import (
	"net/http"
	"time"
)

// dispute is a customer's objection at the bank, under its intent's lock.
type dispute struct {
	id           string
	intent       *intent
	created      time.Time
	amount       int64
	status       string // needs_response, won, lost
	transactions []*transaction
}

// disputeFee is what the provider asks for each dispute, in minor units.
const disputeFee = 1_500

// States of a dispute; the third is lost.
const (
	needsResponse = "needs_response"
	disputeWon    = "won"
)

func (s *simulator) disputeIfScripted(c *call, pi *intent) {
	if pi.charge.method.card.disputes {
		s.openDispute(c, pi)
	}
}

// openDispute takes what is left of the captured money off our balance.
func (s *simulator) openDispute(c *call, pi *intent) {
	d := &dispute{id: newID("du"), intent: pi, created: s.now(), amount: pi.captured - pi.refunded(), status: needsResponse}
	t := s.post("adjustment", -d.amount, disputeFee, pi.currency, d.id)
	d.transactions = append(d.transactions, t)
	pi.dispute, pi.charge.disputed = d, true
	s.ledger.disputes.add(d.id, d, pi.id, pi.charge.id)
	s.note(pi, c, entry{Kind: entryDisputed, Amount: d.amount, Object: d.id, Transaction: t.id})
	s.tellDispute(c, "charge.dispute.created", d)
	s.tellDispute(c, "charge.dispute.funds_withdrawn", d)
}

// closeDispute decides it; the money comes back when it was won.
func (s *simulator) closeDispute(d *dispute, status string) {
	d.status = status
	e := entry{Kind: entryDisputeLost, Amount: d.amount, Object: d.id}
	if status == disputeWon {
		t := s.post("adjustment", d.amount, 0, d.intent.currency, d.id)
		d.transactions = append(d.transactions, t)
		e.Kind, e.Transaction = entryDisputeWon, t.id
		s.tellDispute(nil, "charge.dispute.funds_reinstated", d)
	}
	s.note(d.intent, nil, e)
	s.tellDispute(nil, "charge.dispute.closed", d)
}

// scriptDispute is the customer's and the bank's hand:
// POST /simulator/disputes/{pi}?outcome=open|won|lost.
func (s *simulator) scriptDispute(w http.ResponseWriter, r *http.Request) {
	what, ok := outcome(w, r, "open", "won", "lost")
	if !ok {
		return
	}
	pi, found := s.ledger.intents.get(r.PathValue("id"))
	if !found {
		answerError(w, http.StatusNotFound, "no such payment intent")
		return
	}
	pi.mu.Lock()
	defer pi.mu.Unlock()
	switch {
	case what == "open" && pi.dispute == nil && pi.captured > pi.refunded():
		s.openDispute(nil, pi)
	case what != "open" && pi.dispute != nil && pi.dispute.status == needsResponse:
		s.closeDispute(pi.dispute, what)
	default:
		answerError(w, http.StatusConflict, "the payment cannot be disputed, or the dispute decided, as it stands")
		return
	}
	answer(w, http.StatusOK, s.renderDispute(pi.dispute, nil))
}

func (s *simulator) getDispute(c *call) (any, *apiError) {
	d, ok := s.ledger.disputes.get(c.object)
	if !ok {
		return nil, missing("dispute", c.object, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	d.intent.mu.Lock()
	defer d.intent.mu.Unlock()
	return s.renderDispute(d, c.expand), nil
}

func (s *simulator) listDisputes(c *call) (any, *apiError) {
	group := c.params.str("payment_intent")
	if charge := c.params.str("charge"); group == "" {
		group = charge
	}
	created, page := c.params.span("created"), c.page()
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return paged(c, page, s.ledger.disputes.all(group),
		func(d *dispute) string { return d.id },
		func(d *dispute) bool { return created(d.created) },
		func(d *dispute, e expansion) any {
			d.intent.mu.Lock()
			defer d.intent.mu.Unlock()
			return s.renderDispute(d, e)
		})
}

type disputeObject struct {
	ID              string               `json:"id"`
	Object          string               `json:"object"`
	Amount          int64                `json:"amount"`
	Transactions    []*transactionObject `json:"balance_transactions"`
	Charge          reference            `json:"charge"`
	Created         int64                `json:"created"`
	Currency        string               `json:"currency"`
	Eligibility     []string             `json:"enhanced_eligibility_types"`
	Evidence        evidenceObject       `json:"evidence"`
	EvidenceDetails evidenceDetails      `json:"evidence_details"`
	Refundable      bool                 `json:"is_charge_refundable"`
	Livemode        bool                 `json:"livemode"`
	Metadata        map[string]string    `json:"metadata"`
	PaymentIntent   reference            `json:"payment_intent"`
	Reason          string               `json:"reason"`
	Status          string               `json:"status"`
}

type evidenceObject struct {
	Enhanced struct{} `json:"enhanced_evidence"`
}

type evidenceDetails struct {
	DueBy       int64    `json:"due_by"`
	Eligibility struct{} `json:"enhanced_eligibility"`
	HasEvidence bool     `json:"has_evidence"`
	PastDue     bool     `json:"past_due"`
	Submissions int64    `json:"submission_count"`
}

// renderDispute shows a dispute of a locked intent.
func (s *simulator) renderDispute(d *dispute, e expansion) *disputeObject {
	o := &disputeObject{
		ID: d.id, Object: "dispute", Amount: d.amount, Transactions: []*transactionObject{},
		Charge: s.chargeRef(e, "charge", d.intent.charge), Created: d.created.Unix(), Currency: d.intent.currency,
		Eligibility: []string{}, EvidenceDetails: evidenceDetails{DueBy: d.created.Add(holdLife).Unix()},
		Metadata: map[string]string{}, PaymentIntent: s.intentRef(e, d.intent), Reason: "fraudulent", Status: d.status,
	}
	for _, t := range d.transactions {
		o.Transactions = append(o.Transactions, s.renderTransaction(t))
	}
	return o
}

func (s *simulator) tellDispute(c *call, typ string, d *dispute) {
	s.publish(c, typ, s.renderDispute(d, nil), d.intent.metadata)
}
