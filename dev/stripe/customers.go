package main

import "time"

// customer is who pays; cards are saved to one.
type customer struct {
	id          string
	created     time.Time
	email       string
	name        string
	phone       string
	description string
	metadata    map[string]string
}

func (s *simulator) createCustomer(c *call) (any, *apiError) {
	cus := &customer{id: newID("cus"), created: s.now()}
	if err := cus.read(c.params); err != nil {
		return nil, err
	}
	s.ledger.customers.add(cus.id, cus)
	return s.renderCustomer(cus), nil
}

func (s *simulator) updateCustomer(c *call) (any, *apiError) {
	cus, err := s.customer(c.object, "id")
	if err != nil {
		return nil, err
	}
	s.ledger.wallet.Lock()
	changed := *cus
	err = changed.read(c.params)
	if err == nil {
		*cus = changed
	}
	s.ledger.wallet.Unlock()
	if err != nil {
		return nil, err
	}
	return s.renderCustomer(cus), nil
}

func (s *simulator) getCustomer(c *call) (any, *apiError) {
	cus, err := s.customer(c.object, "id")
	if err == nil {
		err = c.params.done()
	}
	if err != nil {
		return nil, err
	}
	return s.renderCustomer(cus), nil
}

// read takes the fields given, leaving the others.
func (cus *customer) read(p *params) *apiError {
	for name, field := range map[string]*string{
		"email": &cus.email, "name": &cus.name, "phone": &cus.phone, "description": &cus.description,
	} {
		if v := p.str(name); v != "" {
			*field = v
		}
	}
	cus.metadata = merge(cus.metadata, p.metadata())
	p.accept("address", "shipping", "preferred_locales", "invoice_settings", "tax_exempt")
	return p.done()
}

// customer finds one; param says where its id stood.
func (s *simulator) customer(id, param string) (*customer, *apiError) {
	cus, ok := s.ledger.customers.get(id)
	if !ok {
		return nil, missing("customer", id, param)
	}
	return cus, nil
}

type customerObject struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Created       int64             `json:"created"`
	Email         text              `json:"email"`
	Name          text              `json:"name"`
	Phone         text              `json:"phone"`
	Description   text              `json:"description"`
	Metadata      map[string]string `json:"metadata"`
	Balance       int64             `json:"balance"`
	Currency      text              `json:"currency"`
	Delinquent    bool              `json:"delinquent"`
	DefaultSource text              `json:"default_source"`
	Livemode      bool              `json:"livemode"`
	TaxExempt     string            `json:"tax_exempt"`
}

func (s *simulator) renderCustomer(cus *customer) *customerObject {
	s.ledger.wallet.RLock()
	defer s.ledger.wallet.RUnlock()
	return &customerObject{
		ID: cus.id, Object: "customer", Created: cus.created.Unix(), Email: text(cus.email), Name: text(cus.name),
		Phone: text(cus.phone), Description: text(cus.description), Metadata: cus.metadata, TaxExempt: "none",
	}
}

// customerRef is a customer field of another object.
func (s *simulator) customerRef(e expansion, id string) reference {
	return refer(e, "customer", id, func(expansion) any {
		cus, ok := s.ledger.customers.get(id)
		if !ok {
			return nil
		}
		return s.renderCustomer(cus)
	})
}
