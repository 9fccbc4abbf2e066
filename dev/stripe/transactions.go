package main

import "time"

// transaction is a balance transaction: one movement of our balance with the
// provider. Amounts are signed, in minor units; net = amount - fee.
type transaction struct {
	id       string
	kind     string // charge, refund, refund_failure, adjustment, payout
	amount   int64
	fee      int64
	currency string
	source   string // id of the charge, refund, dispute or payout
	created  time.Time
	payout   *payout // under ledger.books; nil until it is paid out
}

func (t *transaction) net() int64 { return t.amount - t.fee }

// fee is what the provider keeps of a charge: 3.6%, rounded half up.
func fee(amount int64) int64 { return (amount*36 + 500) / 1000 }

// post writes a movement into the books.
func (s *simulator) post(kind string, amount, fee int64, currency, source string) *transaction {
	t := &transaction{id: newID("txn"), kind: kind, amount: amount, fee: fee, currency: currency, source: source, created: s.now()}
	s.ledger.transactions.add(t.id, t)
	return t
}

func (s *simulator) getTransaction(c *call) (any, *apiError) {
	t, ok := s.ledger.transactions.get(c.object)
	if !ok {
		return nil, missing("balance_transaction", c.object, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return s.showTransaction(t, c.expand), nil
}

// listTransactions pages through the books, of one payout where it is named.
func (s *simulator) listTransactions(c *call) (any, *apiError) {
	payoutID, kind, source := c.params.str("payout"), c.params.str("type"), c.params.str("source")
	currency, created, page := c.params.str("currency"), c.params.span("created"), c.page()
	if err := c.params.done(); err != nil {
		return nil, err
	}
	items := s.ledger.transactions.all("")
	if payoutID != "" {
		po, ok := s.ledger.payouts.get(payoutID)
		if !ok {
			return nil, missing("payout", payoutID, "payout")
		}
		items = po.transactions
	}
	return paged(c, page, items,
		func(t *transaction) string { return t.id },
		func(t *transaction) bool {
			return created(t.created) && (kind == "" || t.kind == kind) && (source == "" || t.source == source) &&
				(currency == "" || t.currency == currency)
		},
		func(t *transaction, e expansion) any { return s.showTransaction(t, e) })
}

type transactionObject struct {
	ID          string      `json:"id"`
	Object      string      `json:"object"`
	Amount      int64       `json:"amount"`
	AvailableOn int64       `json:"available_on"`
	BalanceType string      `json:"balance_type"`
	Created     int64       `json:"created"`
	Currency    string      `json:"currency"`
	Description text        `json:"description"`
	Rate        *float64    `json:"exchange_rate"`
	Fee         int64       `json:"fee"`
	FeeDetails  []feeObject `json:"fee_details"`
	Net         int64       `json:"net"`
	Category    string      `json:"reporting_category"`
	Source      reference   `json:"source"`
	Status      string      `json:"status"`
	Type        string      `json:"type"`
}

type feeObject struct {
	Amount      int64  `json:"amount"`
	Application text   `json:"application"`
	Currency    string `json:"currency"`
	Description string `json:"description"`
	Type        string `json:"type"`
}

// settleAfter is when money of a charge may be paid out.
const settleAfter = 4 * 24 * time.Hour

func (s *simulator) renderTransaction(t *transaction) *transactionObject {
	available := t.created.Add(settleAfter)
	o := &transactionObject{
		ID: t.id, Object: "balance_transaction", Amount: t.amount, AvailableOn: available.Unix(), BalanceType: "payments",
		Created: t.created.Unix(), Currency: t.currency, Fee: t.fee, FeeDetails: []feeObject{}, Net: t.net(),
		Category: category(t.kind, t.amount), Source: reference{id: t.source}, Status: "pending", Type: t.kind,
	}
	if t.fee != 0 {
		o.FeeDetails = []feeObject{{Amount: t.fee, Currency: t.currency, Description: "Stripe processing fees", Type: "stripe_fee"}}
	}
	s.ledger.books.Lock()
	defer s.ledger.books.Unlock()
	if t.payout != nil || !s.now().Before(available) {
		o.Status = "available"
	}
	return o
}

// showTransaction shows a movement with what caused it, when that is asked for. Nobody holds an intent's lock.
func (s *simulator) showTransaction(t *transaction, e expansion) *transactionObject {
	o := s.renderTransaction(t)
	o.Source = refer(e, "source", t.source, func(e expansion) any { return s.source(t.source, e) })
	return o
}

// source is the charge, refund, dispute or payout of an id.
func (s *simulator) source(id string, e expansion) any {
	if ch, ok := s.ledger.charges.get(id); ok {
		ch.intent.mu.Lock()
		defer ch.intent.mu.Unlock()
		return s.renderCharge(ch, e)
	}
	if r, ok := s.ledger.refunds.get(id); ok {
		r.intent.mu.Lock()
		defer r.intent.mu.Unlock()
		return s.renderRefund(r, e)
	}
	if d, ok := s.ledger.disputes.get(id); ok {
		d.intent.mu.Lock()
		defer d.intent.mu.Unlock()
		return s.renderDispute(d, e)
	}
	po, _ := s.ledger.payouts.get(id)
	return s.renderPayout(po)
}

// category is how the provider's reports call a movement.
func category(kind string, amount int64) string {
	switch {
	case kind == "adjustment" && amount < 0:
		return "dispute"
	case kind == "adjustment":
		return "dispute_reversal"
	}
	return kind
}

// transactionRef is a balance_transaction field of another object.
func (s *simulator) transactionRef(e expansion, t *transaction) reference {
	if t == nil {
		return reference{}
	}
	return refer(e, "balance_transaction", t.id, func(expansion) any { return s.renderTransaction(t) })
}
