package main

import "net/http"

// attachMethod saves a card to a customer. The bank is asked, so a card that
// declines cannot be saved.
func (s *simulator) attachMethod(c *call) (any, *apiError) {
	owner := c.params.required("customer")
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if _, err := s.customer(owner, "customer"); err != nil {
		return nil, err
	}
	m, err := s.method(c.object, "id")
	if err != nil {
		return nil, err
	}
	if d := c.refusesToSave(m); d != nil {
		return nil, d.asError(s.renderMethod(m, nil))
	}
	if err := s.save(c, m, owner); err != nil {
		return nil, err
	}
	return s.renderMethod(m, c.expand), nil
}

// refusesToSave is the bank's answer to the check of a card, nil when it is fine.
func (c *call) refusesToSave(m *method) *decline {
	if d := c.refusal(); d != nil {
		return d
	}
	if m.card.declineOnAttach {
		return m.card.decline
	}
	return nil
}

// save makes the card the customer's, once.
func (s *simulator) save(c *call, m *method, owner string) *apiError {
	s.ledger.wallet.Lock()
	was, spent := m.customer, m.spent
	if was == "" && !spent {
		m.customer = owner
	}
	s.ledger.wallet.Unlock()
	switch {
	case spent:
		return refuseBegun("", "payment_method", "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.")
	case was == owner:
		return nil
	case was != "":
		return refuseBegun("", "payment_method", "The payment method you provided has already been attached to a customer.")
	}
	s.ledger.methods.join(owner, m)
	s.publish(c, "payment_method.attached", s.renderMethod(m, nil), m.metadata)
	return nil
}

// detachMethod takes a card off its customer, for good.
func (s *simulator) detachMethod(c *call) (any, *apiError) {
	if err := c.params.done(); err != nil {
		return nil, err
	}
	m, ok := s.ledger.methods.get(c.object)
	if !ok {
		return nil, missing("PaymentMethod", c.object, "id")
	}
	s.ledger.wallet.Lock()
	was := m.customer
	if was != "" {
		m.customer, m.spent = "", true
	}
	s.ledger.wallet.Unlock()
	if was == "" {
		return nil, refuseBegun("", "", "The payment method you provided is not attached to a customer so detachment is impossible.")
	}
	o := s.renderMethod(m, c.expand)
	s.publish(c, "payment_method.detached", o, m.metadata)
	return o, nil
}

// usable tells whether an intent of customer may use the card.
func (s *simulator) usable(m *method, customer string) *apiError {
	s.ledger.wallet.RLock()
	defer s.ledger.wallet.RUnlock()
	switch {
	case m.spent:
		return refuseParam("", "payment_method", "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was detached from a Customer. It may not be used again.")
	case m.customer == "" || m.customer == customer:
		return nil
	case customer == "":
		return refuseParam("", "customer", "The provided PaymentMethod belongs to a Customer. You must provide the customer when using it.")
	}
	return refuseParam("", "payment_method", "The PaymentMethod "+m.id+" does not belong to the Customer you supplied "+customer+".")
}

// asError is the bank's answer as a refusal of the call.
func (d *decline) asError(m *paymentMethodObject) *apiError {
	e := newError(http.StatusPaymentRequired, cardError, d.code, d.message)
	e.begun = true
	e.body.DeclineCode = d.declineCode
	e.body.PaymentMethod = m
	return e
}
