package main

// captureIntent takes the held money, or part of it; what is left goes back to the
// customer's card at once.
func (s *simulator) captureIntent(c *call) (any, *apiError) {
	pi, err := s.intent(c)
	if err != nil {
		return nil, err
	}
	defer pi.mu.Unlock()
	amount := c.params.integer("amount_to_capture", pi.amount)
	final := c.params.oneOf("final_capture", "true", "false")
	change := c.params.metadata()
	c.params.accept("statement_descriptor", "statement_descriptor_suffix")
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if err := s.capturable(pi, amount, final); err != nil {
		return nil, err
	}
	if d := c.refusal(); d != nil {
		refusal := d.asError(s.renderMethod(pi.method, nil))
		refusal.body.Charge, refusal.body.PaymentIntent = pi.charge.id, s.renderIntent(pi, nil)
		return nil, refusal
	}
	if len(change) > 0 {
		pi.metadata = merge(pi.metadata, change)
	}
	s.take(c, pi, amount)
	s.release(c, pi, pi.amount-amount)
	s.tellCharge(c, "charge.captured", pi.charge)
	s.tellIntent(c, "payment_intent.succeeded", pi)
	s.disputeIfScripted(c, pi)
	return s.answerIntent(c, pi), nil
}

func (s *simulator) capturable(pi *intent, amount int64, final string) *apiError {
	switch {
	case pi.status != needsCapture && pi.cancelReason == cancelAutomatic:
		e := unexpectedState("This PaymentIntent could not be captured because its authorization has expired.", s.renderIntent(pi, nil))
		return e
	case pi.status != needsCapture:
		return unexpectedState("This PaymentIntent could not be captured because it has a status of "+pi.status+
			". Only a PaymentIntent with one of the following statuses may be captured: requires_capture.", s.renderIntent(pi, nil))
	case amount < 1:
		return refuseParam("parameter_invalid_integer", "amount_to_capture", "This value must be greater than or equal to 1.")
	case amount > pi.amount:
		return refuseBegun("amount_too_large", "amount_to_capture", "The requested capture amount "+minor(amount, pi.currency)+
			" is greater than the amount you can capture for this charge "+minor(pi.amount, pi.currency)+".")
	case final != "true":
		return refuseBegun("", "final_capture", "Multicapture is not available for this PaymentIntent.")
	}
	return nil
}

// take moves held money to our balance.
func (s *simulator) take(c *call, pi *intent, amount int64) {
	ch := pi.charge
	ch.captured, ch.held = true, false
	pi.captured, pi.status = amount, succeeded
	ch.transaction = s.post("charge", amount, fee(amount), pi.currency, ch.id)
	s.note(pi, c, entry{Kind: entryCaptured, Amount: amount, Object: ch.id, Transaction: ch.transaction.id})
}

// release gives held money back that was never taken.
func (s *simulator) release(c *call, pi *intent, amount int64) {
	if amount == 0 {
		return
	}
	pi.charge.held = false
	pi.released += amount
	s.note(pi, c, entry{Kind: entryReleased, Amount: amount, Object: pi.charge.id})
}
