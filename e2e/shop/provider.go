package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Charge is what the provider's own ledger says of one PaymentIntent; amounts in yen.
type Charge struct {
	ID         string            `json:"id"`
	Status     string            `json:"status"`
	Currency   string            `json:"currency"`
	Amount     int64             `json:"amount"`
	Authorised int64             `json:"amount_authorised"`
	Capturable int64             `json:"amount_capturable"`
	Captured   int64             `json:"amount_captured"`
	Released   int64             `json:"amount_released"`
	Refunded   int64             `json:"amount_refunded"`
	Metadata   map[string]string `json:"metadata"`
	Entries    []struct {
		Kind string    `json:"kind"`
		At   time.Time `json:"at"`
		Key  string    `json:"idempotency_key"`
	} `json:"entries"`
}

// Times counts the ledger's entries of a kind: authorised, captured, released …
func (c Charge) Times(kind string) int {
	n := 0
	for _, e := range c.Entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// Charges are the provider's PaymentIntents for an order; of everything when orderID is empty.
func (s *Shop) Charges(ctx context.Context, orderID string) ([]Charge, error) {
	at := s.Stripe + "/simulator/ledger"
	if orderID != "" {
		at += "?" + url.Values{"metadata[order_id]": {orderID}}.Encode()
	}
	body, err := s.fetch(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	var ledger struct {
		Intents []Charge `json:"payment_intents"`
	}
	return ledger.Intents, json.Unmarshal(body, &ledger)
}

// Charge is the one PaymentIntent of an order; an error when there is none or more than one.
func (s *Shop) Charge(ctx context.Context, orderID string) (Charge, error) {
	all, err := s.Charges(ctx, orderID)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("the provider has %d payments for %s, want one", len(all), orderID)
	}
	if err != nil {
		return Charge{}, err
	}
	return all[0], nil
}

// Pay confirms a payment in the app, with the provider's own software: card is one of the provider's test cards.
func (s *Shop) Pay(ctx context.Context, clientSecret, card string) error {
	return s.confirm(ctx, "payment_intents", clientSecret, card)
}

// AtBank is the customer's answer to their bank, which has asked whether it is they who pay.
func (s *Shop) AtBank(ctx context.Context, clientSecret string, yes bool) error {
	outcome := "fail"
	if yes {
		outcome = "succeed"
	}
	_, err := s.fetch(ctx, http.MethodPost, s.Stripe+"/simulator/3ds/"+object(clientSecret)+"?outcome="+outcome, nil)
	return err
}

// confirm is what the provider's software in the app does: all it has is the client secret.
func (s *Shop) confirm(ctx context.Context, kind, clientSecret, card string) error {
	form := url.Values{"client_secret": {clientSecret}, "payment_method": {card}}
	at := fmt.Sprintf("%s/v1/%s/%s/confirm", s.Stripe, kind, object(clientSecret))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+strings.Replace(s.StripeKey, "sk_", "pk_", 1))
	_, err = s.do(req)
	return err
}

// object is the id within a client secret.
func object(clientSecret string) string {
	id, _, _ := strings.Cut(clientSecret, "_secret_")
	return id
}

// Fault is a failure scripted at the provider; dev/stripe tells what the fields mean.
type Fault struct {
	Kind     string            `json:"kind"`
	When     string            `json:"when,omitempty"`
	Method   string            `json:"method,omitempty"`
	Path     string            `json:"path,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Count    int               `json:"count,omitempty"`
	DelayMS  int               `json:"delay_ms,omitempty"`

	Probability float64 `json:"probability,omitempty"` // of each request that it concerns; 0: always
	Seed        uint64  `json:"seed,omitempty"`
	Hits        int     `json:"hits,omitempty"` // so far; the provider tells
}

// Fail scripts a failure and answers how to take it back.
func (s *Shop) Fail(ctx context.Context, f Fault) (remove func(context.Context) error, err error) {
	return s.script(ctx, "/simulator/faults", f)
}

// LoseNotices has the provider's webhooks vanish until that is taken back.
func (s *Shop) LoseNotices(ctx context.Context) (remove func(context.Context) error, err error) {
	return s.script(ctx, "/simulator/webhooks", map[string]any{"kind": "drop"})
}

func (s *Shop) script(ctx context.Context, path string, rule any) (func(context.Context) error, error) {
	body, err := s.fetch(ctx, http.MethodPost, s.Stripe+path, rule)
	if err != nil {
		return nil, err
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &made); err != nil || made.ID == "" {
		return nil, fmt.Errorf("the provider's %s answers %s: %v", path, body, err)
	}
	return func(ctx context.Context) error {
		_, err := s.fetch(ctx, http.MethodDelete, s.Stripe+path+"/"+made.ID, nil)
		return err
	}, nil
}
