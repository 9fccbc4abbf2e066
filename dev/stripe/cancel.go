package main

// cancelAutomatic is the reason when a hold has ended by itself.
const cancelAutomatic = "automatic"

// cancelIntent voids a PaymentIntent which was not captured.
func (s *simulator) cancelIntent(c *call) (any, *apiError) {
	pi, err := s.intent(c)
	if err != nil {
		return nil, err
	}
	defer pi.mu.Unlock()
	reason := c.params.oneOf("cancellation_reason", "", "abandoned", "duplicate", "fraudulent", "requested_by_customer")
	if err := c.params.done(); err != nil {
		return nil, err
	}
	switch pi.status {
	case succeeded, canceled:
		return nil, unexpectedState("You cannot cancel this PaymentIntent because it has a status of "+pi.status+
			". Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.",
			s.renderIntent(pi, nil))
	}
	s.void(c, pi, reason)
	return s.answerIntent(c, pi), nil
}

// void ends an intent and gives back what it held. Stripe shows a voided hold as
// a refunded charge, so that is what listeners hear too.
func (s *simulator) void(c *call, pi *intent, reason string) {
	held := pi.capturable()
	pi.status, pi.cancelReason, pi.canceledAt = canceled, reason, s.now()
	s.release(c, pi, held)
	if held > 0 {
		typ := "charge.refunded"
		if reason == cancelAutomatic {
			typ = "charge.expired"
		}
		s.tellCharge(c, typ, pi.charge)
	}
	s.tellIntent(c, "payment_intent.canceled", pi)
}
