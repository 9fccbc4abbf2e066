package main

import (
	"sync"
	"time"
)

// setup is a SetupIntent: the saving of a card without a payment.
type setup struct {
	mu sync.Mutex

	id, secret   string
	created      time.Time
	customer     string
	description  string
	usage        string
	returnURL    string
	cancelReason string
	automatic    bool
	methodTypes  []string
	metadata     map[string]string
	status       string
	method       *method
	lastError    *errorObject
}

func (s *simulator) createSetup(c *call) (any, *apiError) {
	si, token, confirm := readSetup(c.params)
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if si.customer != "" {
		if _, err := s.customer(si.customer, "customer"); err != nil {
			return nil, err
		}
	}
	if token != "" {
		m, err := s.method(token, "payment_method")
		if err != nil {
			return nil, err
		}
		si.method, si.status = m, needsConfirmation
	}
	si.id, si.created = newID("seti"), s.now()
	si.secret = newSecret(si.id)
	si.mu.Lock()
	defer si.mu.Unlock()
	s.ledger.setups.add(si.id, si, si.customer)
	s.tellSetup(c, "setup_intent.created", si)
	if confirm {
		return s.confirmCard(c, si)
	}
	return s.renderSetup(si, c.expand), nil
}

func readSetup(p *params) (*setup, string, bool) {
	si := &setup{
		customer:    p.str("customer"),
		description: p.str("description"),
		usage:       p.oneOf("usage", "off_session", "on_session"),
		returnURL:   p.str("return_url"),
		automatic:   p.boolean("automatic_payment_methods[enabled]"),
		methodTypes: p.list("payment_method_types"),
		metadata:    p.metadata(),
		status:      needsMethod,
	}
	p.accept("automatic_payment_methods", "payment_method_options", "use_stripe_sdk", "mandate_data")
	if len(si.methodTypes) == 0 {
		si.methodTypes = []string{"card"}
	}
	token, confirm := p.str("payment_method"), p.boolean("confirm")
	if confirm && token == "" {
		p.fail(refuseParam("parameter_missing", "payment_method", "You cannot confirm this SetupIntent because it's missing a payment method."))
	}
	return si, token, confirm
}

// setup finds a SetupIntent by the path's id and locks it; the caller unlocks.
func (s *simulator) setup(c *call) (*setup, *apiError) {
	si, ok := s.ledger.setups.get(c.object)
	if !ok {
		return nil, missing("setupintent", c.object, "intent")
	}
	si.mu.Lock()
	if err := c.holdsSecret(si.secret); err != nil {
		si.mu.Unlock()
		return nil, err
	}
	return si, nil
}

func (s *simulator) getSetup(c *call) (any, *apiError) {
	si, err := s.setup(c)
	if err != nil {
		return nil, err
	}
	defer si.mu.Unlock()
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return s.renderSetup(si, c.expand), nil
}

func (s *simulator) confirmSetup(c *call) (any, *apiError) {
	si, err := s.setup(c)
	if err != nil {
		return nil, err
	}
	defer si.mu.Unlock()
	token, returnURL := c.params.str("payment_method"), c.params.str("return_url")
	c.params.accept("mandate_data", "payment_method_options", "use_stripe_sdk")
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if si.status == succeeded || si.status == canceled || si.status == needsMethod && token == "" {
		return nil, s.setupState("You cannot confirm this SetupIntent because it has a status of "+si.status+" or misses a payment method.", si)
	}
	if token != "" {
		if si.method, err = s.method(token, "payment_method"); err != nil {
			return nil, err
		}
	}
	si.returnURL = returnURL
	return s.confirmCard(c, si)
}

// confirmCard asks the bank whether the card may be saved.
func (s *simulator) confirmCard(c *call, si *setup) (any, *apiError) {
	if d := c.refusesToSave(si.method); d != nil {
		return nil, s.refuseSetup(c, si, d.asError(s.renderMethod(si.method, nil)))
	}
	if c.fault.is(faultAction, whenBefore) || s.asksCustomer(si.method) {
		si.status = needsAction
		s.tellSetup(c, "setup_intent.requires_action", si)
		return s.renderSetup(si, c.expand), nil
	}
	if err := s.finishSetup(c, si); err != nil {
		return nil, err
	}
	return s.renderSetup(si, c.expand), nil
}

// finishSetup saves the card and remembers that its bank has agreed.
func (s *simulator) finishSetup(c *call, si *setup) *apiError {
	if si.customer != "" {
		if err := s.save(c, si.method, si.customer); err != nil {
			return err
		}
	}
	s.ledger.wallet.Lock()
	si.method.trusted = true
	s.ledger.wallet.Unlock()
	si.status, si.lastError = succeeded, nil
	s.tellSetup(c, "setup_intent.succeeded", si)
	return nil
}

// refuseSetup keeps the refusal on the SetupIntent, which may try another card.
func (s *simulator) refuseSetup(c *call, si *setup, refusal *apiError) *apiError {
	last := refusal.body
	si.lastError, si.method, si.status = &last, nil, needsMethod
	s.tellSetup(c, "setup_intent.setup_failed", si)
	refusal.body.SetupIntent = s.renderSetup(si, nil)
	return refusal
}

func (s *simulator) cancelSetup(c *call) (any, *apiError) {
	si, err := s.setup(c)
	if err != nil {
		return nil, err
	}
	defer si.mu.Unlock()
	reason := c.params.oneOf("cancellation_reason", "", "abandoned", "duplicate", "requested_by_customer")
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if si.status == succeeded || si.status == canceled {
		return nil, s.setupState("You cannot cancel this SetupIntent because it has a status of "+si.status+".", si)
	}
	si.status, si.cancelReason = canceled, reason
	s.tellSetup(c, "setup_intent.canceled", si)
	return s.renderSetup(si, c.expand), nil
}

func (s *simulator) setupState(message string, si *setup) *apiError {
	e := refuseBegun("setup_intent_unexpected_state", "", message)
	e.body.SetupIntent = s.renderSetup(si, nil)
	return e
}

func (s *simulator) tellSetup(c *call, typ string, si *setup) {
	s.publish(c, typ, s.renderSetup(si, nil), si.metadata)
}

type setupIntentObject struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Automatic          *automaticObject  `json:"automatic_payment_methods"`
	CancellationReason text              `json:"cancellation_reason"`
	ClientSecret       string            `json:"client_secret"`
	Created            int64             `json:"created"`
	Customer           reference         `json:"customer"`
	Description        text              `json:"description"`
	LastSetupError     *errorObject      `json:"last_setup_error"`
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	NextAction         *nextActionObject `json:"next_action"`
	PaymentMethod      reference         `json:"payment_method"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	Status             string            `json:"status"`
	Usage              string            `json:"usage"`
}

func (s *simulator) renderSetup(si *setup, e expansion) *setupIntentObject {
	o := &setupIntentObject{
		ID: si.id, Object: "setup_intent", CancellationReason: text(si.cancelReason), ClientSecret: si.secret,
		Created: si.created.Unix(), Customer: s.customerRef(e, si.customer), Description: text(si.description),
		LastSetupError: si.lastError, Metadata: si.metadata, PaymentMethod: s.methodRef(e, si.method),
		PaymentMethodTypes: si.methodTypes, Status: si.status, Usage: si.usage,
	}
	if si.automatic {
		o.Automatic = &automaticObject{Enabled: true, AllowRedirects: "always"}
	}
	if si.status == needsAction {
		o.NextAction = s.nextAction(si.id, si.returnURL)
	}
	return o
}
