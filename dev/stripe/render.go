package main

import "time"

type paymentIntentObject struct {
	ID                  string            `json:"id"`
	Object              string            `json:"object"`
	Amount              int64             `json:"amount"`
	AmountCapturable    int64             `json:"amount_capturable"`
	AmountReceived      int64             `json:"amount_received"`
	Automatic           *automaticObject  `json:"automatic_payment_methods"`
	CanceledAt          *int64            `json:"canceled_at"`
	CancellationReason  text              `json:"cancellation_reason"`
	CaptureMethod       string            `json:"capture_method"`
	ClientSecret        string            `json:"client_secret"`
	ConfirmationMethod  string            `json:"confirmation_method"`
	Created             int64             `json:"created"`
	Currency            string            `json:"currency"`
	Customer            reference         `json:"customer"`
	Description         text              `json:"description"`
	LastPaymentError    *errorObject      `json:"last_payment_error"`
	LatestCharge        reference         `json:"latest_charge"`
	Livemode            bool              `json:"livemode"`
	Metadata            map[string]string `json:"metadata"`
	NextAction          *nextActionObject `json:"next_action"`
	PaymentMethod       reference         `json:"payment_method"`
	PaymentMethodTypes  []string          `json:"payment_method_types"`
	ReceiptEmail        text              `json:"receipt_email"`
	SetupFutureUsage    text              `json:"setup_future_usage"`
	StatementDescriptor text              `json:"statement_descriptor"`
	DescriptorSuffix    text              `json:"statement_descriptor_suffix"`
	Status              string            `json:"status"`
}

type automaticObject struct {
	Enabled        bool   `json:"enabled"`
	AllowRedirects string `json:"allow_redirects"`
}

type nextActionObject struct {
	Type         string          `json:"type"`
	Redirect     *redirectObject `json:"redirect_to_url,omitempty"`
	UseStripeSDK *sdkObject      `json:"use_stripe_sdk,omitempty"`
}

type redirectObject struct {
	URL       string `json:"url"`
	ReturnURL string `json:"return_url"`
}

type sdkObject struct {
	Type string `json:"type"`
	JS   string `json:"stripe_js"`
}

// renderIntent shows a locked intent.
func (s *simulator) renderIntent(pi *intent, e expansion) *paymentIntentObject {
	o := &paymentIntentObject{
		ID: pi.id, Object: "payment_intent", Amount: pi.amount, AmountCapturable: pi.capturable(), AmountReceived: pi.captured,
		CanceledAt: unixOrNull(pi.canceledAt), CancellationReason: text(pi.cancelReason), CaptureMethod: pi.captureMethod,
		ClientSecret: pi.secret, ConfirmationMethod: "automatic", Created: pi.created.Unix(), Currency: pi.currency,
		Customer: s.customerRef(e, pi.customer), Description: text(pi.description), LastPaymentError: pi.lastError,
		LatestCharge: s.chargeRef(e, "latest_charge", pi.charge), Metadata: pi.metadata,
		PaymentMethod: s.methodRef(e, pi.method), PaymentMethodTypes: pi.methodTypes, ReceiptEmail: text(pi.receiptEmail),
		SetupFutureUsage: text(pi.futureUsage), DescriptorSuffix: text(pi.suffix), Status: pi.status,
	}
	if pi.automatic {
		o.Automatic = &automaticObject{Enabled: true, AllowRedirects: "always"}
	}
	if pi.status == needsAction {
		o.NextAction = s.nextAction(pi.id, pi.returnURL)
	}
	return o
}

// answerIntent is renderIntent for the asker: an app sees less than we do.
func (s *simulator) answerIntent(c *call, pi *intent) *paymentIntentObject {
	o := s.renderIntent(pi, c.expand)
	if c.client {
		o.Customer, o.LatestCharge, o.Metadata = reference{}, reference{}, map[string]string{}
	}
	return o
}

// nextAction sends the customer to the bank: by a redirect where the app can come
// back to somewhere, else through the SDK.
func (s *simulator) nextAction(id, returnURL string) *nextActionObject {
	bank := s.bankURL(id)
	if returnURL != "" {
		return &nextActionObject{Type: "redirect_to_url", Redirect: &redirectObject{URL: bank, ReturnURL: returnURL}}
	}
	return &nextActionObject{Type: "use_stripe_sdk", UseStripeSDK: &sdkObject{Type: "three_d_secure_redirect", JS: bank}}
}

func unixOrNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	u := t.Unix()
	return &u
}
