package main

import (
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v86"
)

func TestCustomerAnswersTheBank(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome string
		status  stripe.PaymentIntentStatus
		code    string
	}{
		{"succeed", stripe.PaymentIntentStatusRequiresCapture, ""},
		{"fail", stripe.PaymentIntentStatusRequiresPaymentMethod, "payment_intent_authentication_failure"},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			pi, err := p.confirm(p.intent(500).ID, "pm_card_threeDSecure2Required")
			if must(t, pi, err).Status != stripe.PaymentIntentStatusRequiresAction || pi.NextAction.Type != "use_stripe_sdk" {
				t.Fatalf("got %s, %v", pi.Status, pi.NextAction)
			}
			p.heard.event("payment_intent.requires_action")
			p.control("POST", "/simulator/3ds/"+pi.ID+"?outcome="+c.outcome, nil, http.StatusOK, nil)
			pi = p.get(pi.ID)
			if pi.Status != c.status || pi.NextAction != nil {
				t.Errorf("got %s, next %v", pi.Status, pi.NextAction)
			}
			if c.code != "" && string(pi.LastPaymentError.Code) != c.code {
				t.Errorf("last error %s", pi.LastPaymentError.Code)
			}
			p.control("POST", "/simulator/3ds/"+pi.ID+"?outcome="+c.outcome, nil, http.StatusConflict, nil)
		})
	}
}

func TestBankRedirectsWhereTheAppCanReturn(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi, err := p.stripe.V1PaymentIntents.Confirm(t.Context(), p.intent(500).ID, &stripe.PaymentIntentConfirmParams{
		PaymentMethod: stripe.String("pm_card_authenticationRequired"),
		ReturnURL:     stripe.String("issho://paid"),
	})
	must(t, pi, err)
	want := "http://127.0.0.1:8301/simulator/3ds/" + pi.ID
	if pi.NextAction.RedirectToURL.URL != want || pi.NextAction.RedirectToURL.ReturnURL != "issho://paid" {
		t.Errorf("got %+v", pi.NextAction.RedirectToURL)
	}
	p.control("GET", "/simulator/3ds/"+pi.ID, nil, http.StatusOK, nil)
}

func TestAbsentCustomerCannotAnswer(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	params := &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_authenticationRequired")}
	params.OffSession = stripe.Bool(true)
	_, err := p.stripe.V1PaymentIntents.Confirm(t.Context(), p.intent(500).ID, params)
	if e := refusal(t, err, 402, "authentication_required"); e.PaymentIntent.Status != stripe.PaymentIntentStatusRequiresPaymentMethod {
		t.Errorf("left in %s", e.PaymentIntent.Status)
	}
}

func TestSetupSavesACard(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	cus, err := p.stripe.V1Customers.Create(t.Context(), nil)
	must(t, cus, err)
	setup := func(card string) (*stripe.SetupIntent, error) {
		si, err := p.stripe.V1SetupIntents.Create(t.Context(), &stripe.SetupIntentCreateParams{Customer: &cus.ID})
		must(t, si, err)
		return p.stripe.V1SetupIntents.Confirm(t.Context(), si.ID, &stripe.SetupIntentConfirmParams{PaymentMethod: &card})
	}
	si, err := setup("pm_card_visa")
	if must(t, si, err).Status != stripe.SetupIntentStatusSucceeded {
		t.Errorf("got %s", si.Status)
	}
	_, err = setup("pm_card_chargeDeclined")
	if e := refusal(t, err, 402, "card_declined"); e.SetupIntent.Status != stripe.SetupIntentStatusRequiresPaymentMethod {
		t.Errorf("left in %s", e.SetupIntent.Status)
	}
	si, err = setup("pm_card_authenticationRequiredOnSetup")
	if must(t, si, err).Status != stripe.SetupIntentStatusRequiresAction {
		t.Fatalf("got %s", si.Status)
	}
	p.control("POST", "/simulator/3ds/"+si.ID+"?outcome=succeed", nil, http.StatusOK, nil)
	si, err = p.stripe.V1SetupIntents.Retrieve(t.Context(), si.ID, nil)
	if must(t, si, err).Status != stripe.SetupIntentStatusSucceeded {
		t.Errorf("got %s", si.Status)
	}
	// Its bank has agreed, so it asks no more.
	pi := p.intent(500, func(c *stripe.PaymentIntentCreateParams) { c.Customer = &cus.ID })
	pi, err = p.confirm(pi.ID, si.PaymentMethod.ID)
	if must(t, pi, err).Status != stripe.PaymentIntentStatusRequiresCapture {
		t.Errorf("got %s", pi.Status)
	}
	p.heard.until("both successes", func(es []stripe.Event) bool { return count(es, "setup_intent.succeeded") == 2 })
}

func TestSetupIsCancelled(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	si, err := p.stripe.V1SetupIntents.Create(t.Context(), &stripe.SetupIntentCreateParams{})
	must(t, si, err)
	si, err = p.stripe.V1SetupIntents.Cancel(t.Context(), si.ID, nil)
	if must(t, si, err).Status != stripe.SetupIntentStatusCanceled {
		t.Errorf("got %s", si.Status)
	}
	_, err = p.stripe.V1SetupIntents.Confirm(t.Context(), si.ID, &stripe.SetupIntentConfirmParams{PaymentMethod: stripe.String("pm_card_visa")})
	refusal(t, err, 400, "setup_intent_unexpected_state")
}
