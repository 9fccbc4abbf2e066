package main

import (
	"net/http"
	"time"
)

// payout is what the provider sent to our bank, and the movements it consists of.
type payout struct {
	id           string
	created      time.Time
	amount       int64
	currency     string
	transactions []*transaction // its own last
}

// payOut gathers all that was not paid out yet, one payout for each currency.
// Stripe does so by its own calendar; here it is done by hand.
func (s *simulator) payOut(w http.ResponseWriter, _ *http.Request) {
	made := []any{}
	for _, po := range s.gather() {
		s.ledger.payouts.add(po.id, po)
		o := s.renderPayout(po)
		s.publish(nil, "payout.paid", o, nil)
		made = append(made, o)
	}
	answer(w, http.StatusOK, map[string]any{"payouts": made})
}

// gather claims every movement which belongs to no payout, and posts the payouts.
func (s *simulator) gather() []*payout {
	s.ledger.books.Lock()
	defer s.ledger.books.Unlock()
	var made []*payout
	byCurrency := map[string]*payout{}
	for _, t := range s.ledger.transactions.all("") {
		if t.payout != nil {
			continue
		}
		po, ok := byCurrency[t.currency]
		if !ok {
			po = &payout{id: newID("po"), created: s.now(), currency: t.currency}
			byCurrency[t.currency] = po
			made = append(made, po)
		}
		t.payout = po
		po.amount += t.net()
		po.transactions = append(po.transactions, t)
	}
	for _, po := range made {
		own := s.post("payout", -po.amount, 0, po.currency, po.id)
		own.payout = po
		po.transactions = append(po.transactions, own)
	}
	return made
}

func (s *simulator) getPayout(c *call) (any, *apiError) {
	po, ok := s.ledger.payouts.get(c.object)
	if !ok {
		return nil, missing("payout", c.object, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return s.renderPayout(po), nil
}

func (s *simulator) listPayouts(c *call) (any, *apiError) {
	status, created, page := c.params.str("status"), c.params.span("created"), c.page()
	arrived := c.params.span("arrival_date")
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return paged(c, page, s.ledger.payouts.all(""),
		func(po *payout) string { return po.id },
		func(po *payout) bool {
			return created(po.created) && arrived(po.created) && (status == "" || status == "paid")
		},
		func(po *payout, _ expansion) any { return s.renderPayout(po) })
}

type payoutObject struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	ArrivalDate    int64             `json:"arrival_date"`
	Automatic      bool              `json:"automatic"`
	Transaction    text              `json:"balance_transaction"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	Description    text              `json:"description"`
	Livemode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
	Method         string            `json:"method"`
	Reconciliation string            `json:"reconciliation_status"`
	SourceType     string            `json:"source_type"`
	Status         string            `json:"status"`
	Type           string            `json:"type"`
}

func (s *simulator) renderPayout(po *payout) *payoutObject {
	own := po.transactions[len(po.transactions)-1]
	return &payoutObject{
		ID: po.id, Object: "payout", Amount: po.amount, ArrivalDate: po.created.Unix(), Automatic: true,
		Transaction: text(own.id), Created: po.created.Unix(), Currency: po.currency, Description: "STRIPE PAYOUT",
		Metadata: map[string]string{}, Method: "standard", Reconciliation: "completed", SourceType: "card", Status: "paid", Type: "bank_account",
	}
}
