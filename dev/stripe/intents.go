package main

import (
	"regexp"
	"strings"
)

const apiVersion = "2026-06-24.dahlia"

// Least amounts by currency, in minor units, and the most of any.
var leastAmount = map[string]int64{"jpy": 50, "usd": 50, "eur": 50}

const mostAmount = 99_999_999

var currencyCode = regexp.MustCompile(`^[a-z]{3}$`)

// createIntent makes a PaymentIntent; nothing is asked of any bank before it is
// confirmed (confirm=true does both).
func (s *simulator) createIntent(c *call) (any, *apiError) {
	pi, token, confirm := readIntent(c.params)
	if confirm != nil && token == "" {
		c.params.fail(refuseParam("parameter_missing", "payment_method", "You cannot confirm this PaymentIntent because it's missing a payment method."))
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if err := s.belongs(pi, token); err != nil {
		return nil, err
	}
	pi.id, pi.created = newID("pi"), s.now()
	pi.secret = newSecret(pi.id)
	pi.mu.Lock()
	defer pi.mu.Unlock()
	s.ledger.intents.add(pi.id, pi, pi.customer)
	s.note(pi, c, entry{Kind: entryCreated, Amount: pi.amount})
	s.tellIntent(c, "payment_intent.created", pi)
	if confirm != nil {
		return s.confirm(c, pi, *confirm)
	}
	return s.renderIntent(pi, c.expand), nil
}

// readIntent takes the parameters of a new intent, its method's id or token, and
// how to confirm it at once, if at all.
func readIntent(p *params) (*intent, string, *confirmation) {
	pi := &intent{
		amount:        readAmount(p),
		currency:      strings.ToLower(p.required("currency")),
		customer:      p.str("customer"),
		captureMethod: p.oneOf("capture_method", "automatic_async", "automatic", "manual"),
		description:   p.str("description"),
		futureUsage:   p.oneOf("setup_future_usage", "", "off_session", "on_session"),
		receiptEmail:  p.str("receipt_email"),
		suffix:        p.str("statement_descriptor_suffix"),
		methodTypes:   p.list("payment_method_types"),
		automatic:     p.boolean("automatic_payment_methods[enabled]"),
		metadata:      p.metadata(),
		status:        needsMethod,
	}
	p.accept("automatic_payment_methods", "payment_method_options", "shipping", "statement_descriptor", "confirmation_method")
	pi.checkAmount(p)
	if len(pi.methodTypes) == 0 {
		pi.methodTypes = []string{"card"}
	}
	token := p.str("payment_method")
	how := readConfirmation(p)
	if p.boolean("confirm") {
		return pi, token, &how
	}
	return pi, token, nil
}

func readAmount(p *params) int64 {
	p.required("amount")
	return p.integer("amount", 0)
}

func (pi *intent) checkAmount(p *params) {
	least, known := leastAmount[pi.currency]
	switch {
	case !currencyCode.MatchString(pi.currency):
		p.fail(refuseParam("", "currency", "Invalid currency: "+pi.currency))
	case pi.amount < 1 || known && pi.amount < least:
		p.fail(refuseParam("amount_too_small", "amount", "Amount must be no less than "+minor(least, pi.currency)))
	case pi.amount > mostAmount:
		p.fail(refuseParam("amount_too_large", "amount", "Amount must be no more than "+minor(mostAmount, pi.currency)))
	}
}

// belongs checks customer and card of a new intent against each other.
func (s *simulator) belongs(pi *intent, token string) *apiError {
	if pi.customer != "" {
		if _, err := s.customer(pi.customer, "customer"); err != nil {
			return err
		}
	}
	if token == "" {
		return nil
	}
	m, err := s.method(token, "payment_method")
	if err != nil {
		return err
	}
	pi.method, pi.status = m, needsConfirmation
	return s.usable(m, pi.customer)
}

// intent finds one by the path's id and locks it; the caller unlocks.
func (s *simulator) intent(c *call) (*intent, *apiError) {
	pi, ok := s.ledger.intents.get(c.object)
	if !ok {
		return nil, missing("payment_intent", c.object, "intent")
	}
	pi.mu.Lock()
	if err := c.holdsSecret(pi.secret); err != nil {
		pi.mu.Unlock()
		return nil, err
	}
	return pi, nil
}

func (s *simulator) getIntent(c *call) (any, *apiError) {
	pi, err := s.intent(c)
	if err != nil {
		return nil, err
	}
	defer pi.mu.Unlock()
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return s.answerIntent(c, pi), nil
}

func (s *simulator) listIntents(c *call) (any, *apiError) {
	customer, created, page := c.params.str("customer"), c.params.span("created"), c.page()
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return paged(c, page, s.ledger.intents.all(customer),
		func(pi *intent) string { return pi.id },
		func(pi *intent) bool { return created(pi.created) },
		func(pi *intent, e expansion) any {
			pi.mu.Lock()
			defer pi.mu.Unlock()
			return s.renderIntent(pi, e)
		})
}

// tellIntent publishes an event about a locked intent.
func (s *simulator) tellIntent(c *call, typ string, pi *intent) {
	s.publish(c, typ, s.renderIntent(pi, nil), pi.metadata)
}

// carries tells whether the request, or the intent it addresses, has the metadata.
func (s *simulator) carries(c *call, want map[string]string) bool {
	has := newParams(c.form).metadata()
	if contains(has, want) {
		return true
	}
	id := c.object
	if id == "" {
		id = c.form.Get("payment_intent")
	}
	pi, ok := s.ledger.intents.get(id)
	if !ok {
		return false
	}
	pi.mu.Lock()
	defer pi.mu.Unlock()
	return contains(pi.metadata, want)
}

func contains(has, want map[string]string) bool {
	for k, v := range want {
		if got, ok := has[k]; !ok || got != v {
			return false
		}
	}
	return true
}
