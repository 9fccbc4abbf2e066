package main

import (
	"hash/fnv"
	"strconv"
	"time"
)

// method is a PaymentMethod: one customer's, or one intent's, use of a card.
type method struct {
	id       string
	card     *card
	created  time.Time
	customer string // "" while not saved
	spent    bool   // detached: never to be used again
	trusted  bool   // went through a SetupIntent, so some banks ask no more
	metadata map[string]string
}

func (s *simulator) createMethod(c *call) (any, *apiError) {
	p := c.params
	p.oneOf("type", "card")
	token := p.required("card[token]")
	metadata := p.metadata()
	p.accept("billing_details", "allow_redisplay")
	if err := p.done(); err != nil {
		return nil, err
	}
	m, err := s.newMethod(token, "card[token]")
	if err != nil {
		return nil, err
	}
	m.metadata = metadata
	return s.renderMethod(m, c.expand), nil
}

// newMethod makes a PaymentMethod of its own out of a test token.
func (s *simulator) newMethod(token, param string) (*method, *apiError) {
	card, ok := cardByToken(token)
	if !ok {
		return nil, missing("PaymentMethod", token, param)
	}
	m := &method{id: newID("pm"), card: card, created: s.now(), metadata: map[string]string{}}
	s.ledger.methods.add(m.id, m)
	return m, nil
}

// method finds a PaymentMethod by its id, or makes one of a test token.
func (s *simulator) method(id, param string) (*method, *apiError) {
	if m, ok := s.ledger.methods.get(id); ok {
		return m, nil
	}
	return s.newMethod(id, param)
}

func (s *simulator) getMethod(c *call) (any, *apiError) {
	m, ok := s.ledger.methods.get(c.object)
	if !ok {
		return nil, missing("PaymentMethod", c.object, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return s.renderMethod(m, c.expand), nil
}

func (s *simulator) getCustomerMethod(c *call) (any, *apiError) {
	if _, err := s.customer(c.object, "id"); err != nil {
		return nil, err
	}
	m, ok := s.ledger.methods.get(c.sub)
	if !ok || s.owner(m) != c.object {
		return nil, missing("PaymentMethod", c.sub, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return s.renderMethod(m, c.expand), nil
}

func (s *simulator) listMethods(c *call) (any, *apiError) {
	return s.savedMethods(c, c.params.required("customer"), "customer")
}

func (s *simulator) listCustomerMethods(c *call) (any, *apiError) {
	return s.savedMethods(c, c.object, "id")
}

// savedMethods pages through a customer's cards, newest first.
func (s *simulator) savedMethods(c *call, owner, param string) (any, *apiError) {
	c.params.oneOf("type", "card")
	p := c.page()
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if _, err := s.customer(owner, param); err != nil {
		return nil, err
	}
	return paged(c, p, s.ledger.methods.all(owner),
		func(m *method) string { return m.id },
		func(m *method) bool { return s.owner(m) == owner },
		func(m *method, e expansion) any { return s.renderMethod(m, e) })
}

func (s *simulator) owner(m *method) string {
	s.ledger.wallet.RLock()
	defer s.ledger.wallet.RUnlock()
	return m.customer
}

type paymentMethodObject struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Type           string            `json:"type"`
	Created        int64             `json:"created"`
	Customer       reference         `json:"customer"`
	Card           cardObject        `json:"card"`
	BillingDetails billingObject     `json:"billing_details"`
	AllowRedisplay string            `json:"allow_redisplay"`
	Livemode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
}

type cardObject struct {
	Brand        string       `json:"brand"`
	DisplayBrand string       `json:"display_brand"`
	Last4        string       `json:"last4"`
	ExpMonth     int          `json:"exp_month"`
	ExpYear      int          `json:"exp_year"`
	Country      string       `json:"country"`
	Funding      string       `json:"funding"`
	Fingerprint  string       `json:"fingerprint"`
	Checks       checksObject `json:"checks"`
	ThreeDSecure struct {
		Supported bool `json:"supported"`
	} `json:"three_d_secure_usage"`
}

type checksObject struct {
	CVC        string `json:"cvc_check"`
	Line1      text   `json:"address_line1_check"`
	PostalCode text   `json:"address_postal_code_check"`
}

type billingObject struct {
	Address map[string]text `json:"address"`
	Email   text            `json:"email"`
	Name    text            `json:"name"`
	Phone   text            `json:"phone"`
}

func newBilling() billingObject {
	return billingObject{Address: map[string]text{
		"city": "", "country": "", "line1": "", "line2": "", "postal_code": "", "state": "",
	}}
}

func (s *simulator) renderMethod(m *method, e expansion) *paymentMethodObject {
	o := &paymentMethodObject{
		ID: m.id, Object: "payment_method", Type: "card", Created: m.created.Unix(), Customer: s.customerRef(e, s.owner(m)),
		Card: cardObject{
			Brand: m.card.brand, DisplayBrand: m.card.brand, Last4: m.card.last4, ExpMonth: expMonth, ExpYear: s.expYear(),
			Country: m.card.countryOrUS(), Funding: m.card.fundingOrCredit(), Fingerprint: m.card.fingerprint(),
			Checks: checksObject{CVC: "pass"},
		},
		BillingDetails: newBilling(), AllowRedisplay: "unspecified", Metadata: m.metadata,
	}
	o.Card.ThreeDSecure.Supported = true
	return o
}

const expMonth = 12

func (s *simulator) expYear() int { return s.now().Year() + 3 }

// fingerprint is the same for the same card number, whoever uses it.
func (c *card) fingerprint() string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.brand + c.last4)) // never fails
	return strconv.FormatUint(h.Sum64(), 36)
}

// methodRef is a payment_method field of another object.
func (s *simulator) methodRef(e expansion, m *method) reference {
	if m == nil {
		return reference{}
	}
	return refer(e, "payment_method", m.id, func(e expansion) any { return s.renderMethod(m, e) })
}
