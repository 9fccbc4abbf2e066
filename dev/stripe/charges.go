package main

type chargeObject struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	AmountCaptured int64             `json:"amount_captured"`
	AmountRefunded int64             `json:"amount_refunded"`
	Transaction    reference         `json:"balance_transaction"`
	BillingDetails billingObject     `json:"billing_details"`
	Captured       bool              `json:"captured"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	Customer       reference         `json:"customer"`
	Description    text              `json:"description"`
	Disputed       bool              `json:"disputed"`
	FailureCode    text              `json:"failure_code"`
	FailureMessage text              `json:"failure_message"`
	Livemode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
	Outcome        *outcomeObject    `json:"outcome"`
	Paid           bool              `json:"paid"`
	PaymentIntent  reference         `json:"payment_intent"`
	PaymentMethod  text              `json:"payment_method"`
	Details        chargeDetails     `json:"payment_method_details"`
	Refunded       bool              `json:"refunded"`
	Status         string            `json:"status"`
}

type outcomeObject struct {
	NetworkStatus string `json:"network_status"`
	Reason        text   `json:"reason"`
	RiskLevel     string `json:"risk_level"`
	SellerMessage string `json:"seller_message"`
	Type          string `json:"type"`
}

type chargeDetails struct {
	Type string           `json:"type"`
	Card chargeCardObject `json:"card"`
}

type chargeCardObject struct {
	AmountAuthorized *int64        `json:"amount_authorized"`
	Brand            string        `json:"brand"`
	CaptureBefore    *int64        `json:"capture_before,omitempty"`
	Checks           checksObject  `json:"checks"`
	Country          string        `json:"country"`
	ExpMonth         int           `json:"exp_month"`
	ExpYear          int           `json:"exp_year"`
	Fingerprint      string        `json:"fingerprint"`
	Funding          string        `json:"funding"`
	Last4            string        `json:"last4"`
	Network          string        `json:"network"`
	ThreeDSecure     *secureObject `json:"three_d_secure"`
}

type secureObject struct {
	Flow    string `json:"authentication_flow"`
	Result  string `json:"result"`
	Version string `json:"version"`
}

func (s *simulator) getCharge(c *call) (any, *apiError) {
	ch, ok := s.ledger.charges.get(c.object)
	if !ok {
		return nil, missing("charge", c.object, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	ch.intent.mu.Lock()
	defer ch.intent.mu.Unlock()
	return s.renderCharge(ch, c.expand), nil
}

// renderCharge shows a charge of a locked intent.
func (s *simulator) renderCharge(ch *charge, e expansion) *chargeObject {
	pi := ch.intent
	o := &chargeObject{
		ID: ch.id, Object: "charge", Amount: ch.amount, Transaction: s.transactionRef(e, ch.transaction),
		BillingDetails: newBilling(), Captured: ch.captured, Created: ch.created.Unix(), Currency: pi.currency,
		Customer: s.customerRef(e, pi.customer), Description: text(pi.description), Disputed: ch.disputed,
		Metadata: pi.metadata, Outcome: ch.outcome(), Paid: ch.decline == nil,
		PaymentIntent: s.intentRef(e, pi), PaymentMethod: text(ch.method.id), Details: s.chargeDetails(ch), Status: succeeded,
	}
	if ch.decline != nil {
		o.Status, o.FailureCode, o.FailureMessage = "failed", text(ch.decline.code), text(ch.decline.message)
		return o
	}
	o.AmountCaptured, o.AmountRefunded = pi.captured, pi.released+pi.refunded()
	o.Refunded = o.AmountRefunded == ch.amount
	return o
}

func (ch *charge) outcome() *outcomeObject {
	if ch.decline == nil {
		return &outcomeObject{NetworkStatus: "approved_by_network", RiskLevel: "normal", SellerMessage: "Payment complete.", Type: "authorized"}
	}
	return &outcomeObject{
		NetworkStatus: "declined_by_network", Reason: text(ch.decline.declineCode), RiskLevel: "normal",
		SellerMessage: "The bank did not return any further details with this decline.", Type: "issuer_declined",
	}
}

func (s *simulator) chargeDetails(ch *charge) chargeDetails {
	k := ch.method.card
	d := chargeDetails{Type: "card", Card: chargeCardObject{
		Brand: k.brand, Checks: checksObject{CVC: "pass"}, Country: k.countryOrUS(), ExpMonth: expMonth,
		ExpYear: s.expYear(), Fingerprint: k.fingerprint(), Funding: k.fundingOrCredit(), Last4: k.last4, Network: k.brand,
	}}
	if ch.decline == nil {
		d.Card.AmountAuthorized = &ch.amount
	}
	if !ch.captureUntil.IsZero() {
		d.Card.CaptureBefore = unixOrNull(ch.captureUntil)
	}
	if ch.authentic {
		d.Card.ThreeDSecure = &secureObject{Flow: "challenge", Result: "authenticated", Version: "2.2.0"}
	}
	return d
}

// chargeRef is a charge field of an object of the same intent.
func (s *simulator) chargeRef(e expansion, name string, ch *charge) reference {
	if ch == nil {
		return reference{}
	}
	return refer(e, name, ch.id, func(e expansion) any { return s.renderCharge(ch, e) })
}

// intentRef is a payment_intent field of an object of the same, locked, intent.
func (s *simulator) intentRef(e expansion, pi *intent) reference {
	return refer(e, "payment_intent", pi.id, func(e expansion) any { return s.renderIntent(pi, e) })
}

// tellCharge publishes an event about a charge of a locked intent.
func (s *simulator) tellCharge(c *call, typ string, ch *charge) {
	s.publish(c, typ, s.renderCharge(ch, nil), ch.intent.metadata)
}
