package main

import (
	"testing"

	"github.com/stripe/stripe-go/v86"
)

func TestCardsThatDecline(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	for card, want := range map[string][2]string{
		"pm_card_chargeDeclined":                       {"card_declined", "generic_decline"},
		"pm_card_visa_chargeDeclined":                  {"card_declined", "generic_decline"},
		"pm_card_chargeCustomerFail":                   {"card_declined", "generic_decline"},
		"pm_card_chargeDeclinedInsufficientFunds":      {"card_declined", "insufficient_funds"},
		"pm_card_visa_chargeDeclinedInsufficientFunds": {"card_declined", "insufficient_funds"},
		"pm_card_chargeDeclinedExpiredCard":            {"expired_card", "expired_card"},
		"pm_card_chargeDeclinedProcessingError":        {"processing_error", "processing_error"},
	} {
		t.Run(card, func(t *testing.T) {
			pi := p.intent(500)
			_, err := p.confirm(pi.ID, card)
			e := refusal(t, err, 402, want[0])
			if e.Type != stripe.ErrorTypeCard || string(e.DeclineCode) != want[1] || e.ChargeID == "" {
				t.Errorf("refused as %s %s with charge %q", e.Type, e.DeclineCode, e.ChargeID)
			}
			if e.PaymentIntent.ID != pi.ID || e.PaymentIntent.Status != stripe.PaymentIntentStatusRequiresPaymentMethod {
				t.Errorf("the error holds intent %s in %s", e.PaymentIntent.ID, e.PaymentIntent.Status)
			}
			after := p.get(pi.ID)
			if string(after.LastPaymentError.Code) != want[0] || after.LatestCharge.Status != stripe.ChargeStatusFailed {
				t.Errorf("afterwards: %v, charge %s", after.LastPaymentError, after.LatestCharge.Status)
			}
			if r := p.report(pi.ID); r.Authorised != 0 {
				t.Errorf("authorised %d", r.Authorised)
			}
		})
	}
	p.heard.event("payment_intent.payment_failed")
}

func TestAnotherCardAfterADecline(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.intent(500)
	_, err := p.confirm(pi.ID, "pm_card_chargeDeclined")
	refusal(t, err, 402, "card_declined")
	_, err = p.stripe.V1PaymentIntents.Confirm(t.Context(), pi.ID, nil)
	refusal(t, err, 400, "payment_intent_unexpected_state") // the card is gone with its decline
	pi, err = p.confirm(pi.ID, "pm_card_visa")
	if must(t, pi, err).Status != stripe.PaymentIntentStatusRequiresCapture || pi.LastPaymentError != nil {
		t.Errorf("got %s, last error %v", pi.Status, pi.LastPaymentError)
	}
}

func TestConfirmTwice(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.held(500)
	_, err := p.confirm(pi.ID, "pm_card_visa")
	e := refusal(t, err, 400, "payment_intent_unexpected_state")
	if e.PaymentIntent == nil || e.PaymentIntent.Status != stripe.PaymentIntentStatusRequiresCapture {
		t.Errorf("the error holds %v", e.PaymentIntent)
	}
}

func TestCreateAndConfirmAtOnce(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.intent(500, func(c *stripe.PaymentIntentCreateParams) {
		c.Confirm, c.PaymentMethod, c.CaptureMethod = stripe.Bool(true), stripe.String("pm_card_jcb"), stripe.String("automatic")
	})
	if pi.Status != stripe.PaymentIntentStatusSucceeded || pi.AmountReceived != 500 {
		t.Errorf("got %s, received %d", pi.Status, pi.AmountReceived)
	}
}

func TestAppConfirmsWithTheClientSecret(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.intent(500, func(c *stripe.PaymentIntentCreateParams) { c.AddMetadata("order_id", "ord_9") })
	params := &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_visa")}
	params.AddExtra("client_secret", pi.ClientSecret)
	seen, err := p.client(publicKey).V1PaymentIntents.Confirm(t.Context(), pi.ID, params)
	if must(t, seen, err).Status != stripe.PaymentIntentStatusRequiresCapture || len(seen.Metadata) != 0 {
		t.Errorf("the app sees %s with metadata %v", seen.Status, seen.Metadata)
	}
	if got := p.get(pi.ID); got.Metadata["order_id"] != "ord_9" {
		t.Errorf("metadata is %v", got.Metadata)
	}
}

func TestSavedCards(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	hanako, err := p.stripe.V1Customers.Create(t.Context(), &stripe.CustomerCreateParams{Email: stripe.String("hanako@example.com")})
	must(t, hanako, err)
	taro, err := p.stripe.V1Customers.Create(t.Context(), nil)
	must(t, taro, err)
	attach := func(card string) (*stripe.PaymentMethod, error) {
		return p.stripe.V1PaymentMethods.Attach(t.Context(), card, &stripe.PaymentMethodAttachParams{Customer: &hanako.ID})
	}
	visa, err := attach("pm_card_visa")
	must(t, visa, err)
	failing, err := attach("pm_card_chargeCustomerFail")
	must(t, failing, err)
	_, err = attach("pm_card_chargeDeclined") // the bank is asked when it is saved
	refusal(t, err, 402, "card_declined")

	pay := func(customer, card string) (*stripe.PaymentIntent, error) {
		pi := p.intent(500, func(c *stripe.PaymentIntentCreateParams) {
			if customer != "" {
				c.Customer = &customer
			}
		})
		return p.confirm(pi.ID, card)
	}
	pi, err := pay(hanako.ID, visa.ID)
	if must(t, pi, err).PaymentMethod.ID != visa.ID {
		t.Errorf("paid by %s", pi.PaymentMethod.ID)
	}
	_, err = pay(hanako.ID, failing.ID)
	refusal(t, err, 402, "card_declined")
	_, err = pay(taro.ID, visa.ID)
	refusal(t, err, 400, "")
	_, err = pay("", visa.ID)
	refusal(t, err, 400, "")

	detached, err := p.stripe.V1PaymentMethods.Detach(t.Context(), visa.ID, nil)
	must(t, detached, err)
	_, err = pay(hanako.ID, visa.ID)
	refusal(t, err, 400, "")
	var left []string
	list := &stripe.PaymentMethodListParams{Customer: &hanako.ID, Type: stripe.String("card")}
	for m, err := range p.stripe.V1PaymentMethods.List(t.Context(), list).All(t.Context()) {
		left = append(left, must(t, m, err).ID)
	}
	if len(left) != 1 || left[0] != failing.ID {
		t.Errorf("saved are %v, want %s", left, failing.ID)
	}
}

func TestCardIsSavedByPaying(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	cus, err := p.stripe.V1Customers.Create(t.Context(), nil)
	must(t, cus, err)
	pi := p.intent(500, func(c *stripe.PaymentIntentCreateParams) {
		c.Customer, c.SetupFutureUsage = &cus.ID, stripe.String("off_session")
	})
	pi, err = p.confirm(pi.ID, "pm_card_mastercard")
	must(t, pi, err)
	saved, err := p.stripe.V1Customers.RetrievePaymentMethod(t.Context(), pi.PaymentMethod.ID, &stripe.CustomerRetrievePaymentMethodParams{Customer: &cus.ID})
	if must(t, saved, err).Card.Last4 != "4444" {
		t.Errorf("saved %s", saved.Card.Last4)
	}
	p.heard.event("payment_method.attached")
}
