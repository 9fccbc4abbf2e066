package main

import "time"

// holdLife is how long a bank keeps money aside for a capture.
const holdLife = 7 * 24 * time.Hour

// confirmation is how a PaymentIntent is to be confirmed.
type confirmation struct {
	offSession    bool   // the customer is not there to answer the bank
	errorOnAction bool   // rather fail than ask the customer
	returnURL     string // where the bank sends the customer back to
	futureUsage   string
}

func readConfirmation(p *params) confirmation {
	p.accept("mandate_data", "use_stripe_sdk", "payment_method_options", "shipping", "receipt_email", "capture_method", "payment_method_types")
	off := p.str("off_session")
	return confirmation{
		offSession:    off != "" && off != "false",
		errorOnAction: p.boolean("error_on_requires_action"),
		returnURL:     p.str("return_url"),
		futureUsage:   p.oneOf("setup_future_usage", "", "off_session", "on_session"),
	}
}

func (s *simulator) confirmIntent(c *call) (any, *apiError) {
	pi, err := s.intent(c)
	if err != nil {
		return nil, err
	}
	defer pi.mu.Unlock()
	token, how := c.params.str("payment_method"), readConfirmation(c.params)
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if err := s.confirmable(pi, token); err != nil {
		return nil, err
	}
	if token != "" {
		m, err := s.method(token, "payment_method")
		if err == nil {
			err = s.usable(m, pi.customer)
		}
		if err != nil {
			return nil, err
		}
		pi.method = m
	}
	return s.confirm(c, pi, how)
}

// confirmable refuses states in which there is nothing to confirm.
func (s *simulator) confirmable(pi *intent, token string) *apiError {
	switch pi.status {
	case needsMethod:
		if token == "" {
			return unexpectedState("You cannot confirm this PaymentIntent because it's missing a payment method. "+
				"You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
				s.renderIntent(pi, nil))
		}
		return nil
	case needsConfirmation, needsAction:
		return nil
	case succeeded:
		return unexpectedState("You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.", s.renderIntent(pi, nil))
	}
	return unexpectedState("You cannot confirm this PaymentIntent because it has a status of "+pi.status+
		". Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.", s.renderIntent(pi, nil))
}

// confirm asks the bank: it declines, wants to see the customer, or agrees.
func (s *simulator) confirm(c *call, pi *intent, how confirmation) (any, *apiError) {
	s.note(pi, c, entry{Kind: entryConfirmed, Amount: pi.amount})
	pi.lastError, pi.returnURL = nil, how.returnURL
	if how.futureUsage != "" {
		pi.futureUsage = how.futureUsage
	}
	if d := c.refusal(); d != nil {
		return nil, s.declineIntent(c, pi, d)
	}
	if c.fault.is(faultAction, whenBefore) || s.asksCustomer(pi.method) {
		if how.offSession || how.errorOnAction {
			return nil, s.declineIntent(c, pi, noAuth)
		}
		s.askCustomer(c, pi)
		return s.answerIntent(c, pi), nil
	}
	if d := pi.method.card.decline; d != nil {
		return nil, s.declineIntent(c, pi, d)
	}
	s.authorise(c, pi, false)
	return s.answerIntent(c, pi), nil
}

// asksCustomer tells whether the card's bank wants to see its customer.
func (s *simulator) asksCustomer(m *method) bool {
	s.ledger.wallet.RLock()
	defer s.ledger.wallet.RUnlock()
	return m.card.authenticate == authAlways || m.card.authenticate == authUntilSaved && !m.trusted
}

func (s *simulator) askCustomer(c *call, pi *intent) {
	pi.status, pi.actionRedirect = needsAction, pi.returnURL != ""
	s.note(pi, c, entry{Kind: entryAction, Amount: pi.amount})
	s.tellIntent(c, "payment_intent.requires_action", pi)
}

// authorise is the bank's yes: the money is held, or taken at once.
func (s *simulator) authorise(c *call, pi *intent, authentic bool) {
	ch := s.newCharge(pi, nil)
	ch.authentic = authentic
	s.note(pi, c, entry{Kind: entryAuthorised, Amount: pi.amount, Object: ch.id})
	if pi.futureUsage != "" && pi.customer != "" {
		_ = s.save(c, pi.method, pi.customer) // spent or another's was refused before
	}
	if pi.captureMethod == "manual" {
		ch.held, ch.captureUntil = true, s.now().Add(holdLife)
		pi.status = needsCapture
		s.ledger.holds.add(pi, ch.captureUntil)
		s.tellCharge(c, "charge.succeeded", ch)
		s.tellIntent(c, "payment_intent.amount_capturable_updated", pi)
		return
	}
	s.take(c, pi, pi.amount)
	s.tellCharge(c, "charge.succeeded", ch)
	s.tellIntent(c, "payment_intent.succeeded", pi)
	s.disputeIfScripted(c, pi)
}

// declineIntent is the bank's no: the attempt is on record and another card may
// be tried.
func (s *simulator) declineIntent(c *call, pi *intent, d *decline) *apiError {
	ch := s.newCharge(pi, d)
	s.note(pi, c, entry{Kind: entryDeclined, Amount: pi.amount, Object: ch.id})
	refusal := d.asError(s.renderMethod(pi.method, nil))
	refusal.body.Charge = ch.id
	last := refusal.body
	pi.lastError, pi.method, pi.status = &last, nil, needsMethod
	s.tellCharge(c, "charge.failed", ch)
	s.tellIntent(c, "payment_intent.payment_failed", pi)
	refusal.body.PaymentIntent = s.renderIntent(pi, nil)
	return refusal
}

func (s *simulator) newCharge(pi *intent, d *decline) *charge {
	ch := &charge{id: newID("ch"), intent: pi, created: s.now(), amount: pi.amount, method: pi.method, decline: d}
	pi.charge = ch
	s.ledger.charges.add(ch.id, ch, pi.id)
	return ch
}
