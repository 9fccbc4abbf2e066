package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v86"
)

func TestIntentFromCreationToCapture(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.intent(3000, func(c *stripe.PaymentIntentCreateParams) {
		c.AddMetadata("order_id", "ord_1")
		c.SetIdempotencyKey("op_create")
	})
	if pi.Status != stripe.PaymentIntentStatusRequiresPaymentMethod || pi.ClientSecret == "" || pi.LatestCharge != nil {
		t.Fatalf("created as %s with secret %q and charge %v", pi.Status, pi.ClientSecret, pi.LatestCharge)
	}
	pi, err := p.confirm(pi.ID, "pm_card_visa")
	must(t, pi, err)
	if pi.Status != stripe.PaymentIntentStatusRequiresCapture || pi.AmountCapturable != 3000 || pi.AmountReceived != 0 {
		t.Fatalf("confirmed as %s, capturable %d, received %d", pi.Status, pi.AmountCapturable, pi.AmountReceived)
	}
	charge := p.get(pi.ID).LatestCharge
	if got, want := charge.PaymentMethodDetails.Card.CaptureBefore, p.clock.Now().Add(7*24*time.Hour).Unix(); got != want {
		t.Errorf("capture_before is %d, want %d", got, want)
	}
	pi, err = p.stripe.V1PaymentIntents.Capture(t.Context(), pi.ID, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(2500)})
	must(t, pi, err)
	if pi.Status != stripe.PaymentIntentStatusSucceeded || pi.AmountReceived != 2500 || pi.AmountCapturable != 0 {
		t.Fatalf("captured as %s, received %d, capturable %d", pi.Status, pi.AmountReceived, pi.AmountCapturable)
	}
	got := p.report(pi.ID)
	if got.Authorised != 3000 || got.Captured != 2500 || got.Released != 500 || got.Refunded != 0 {
		t.Errorf("ledger: %+v", got)
	}
	kinds := []string{}
	for _, e := range got.Entries {
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff([]string{"created", "confirmed", "authorised", "captured", "released"}, kinds); diff != "" {
		t.Error(diff)
	}
	if got.Entries[0].Key != "op_create" || got.Metadata["order_id"] != "ord_1" {
		t.Errorf("the ledger lost key or metadata: %+v", got)
	}
	for _, typ := range []string{"payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated", "charge.captured", "payment_intent.succeeded"} {
		p.heard.event(typ)
	}
}

func TestIntentIsRefused(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	for name, c := range map[string]struct {
		change func(*stripe.PaymentIntentCreateParams)
		code   string
		param  string
	}{
		"too little":       {func(c *stripe.PaymentIntentCreateParams) { c.Amount = stripe.Int64(49) }, "amount_too_small", "amount"},
		"too much":         {func(c *stripe.PaymentIntentCreateParams) { c.Amount = stripe.Int64(100_000_000) }, "amount_too_large", "amount"},
		"no amount":        {func(c *stripe.PaymentIntentCreateParams) { c.Amount = nil }, "parameter_missing", "amount"},
		"no currency":      {func(c *stripe.PaymentIntentCreateParams) { c.Currency = nil }, "parameter_missing", "currency"},
		"bad currency":     {func(c *stripe.PaymentIntentCreateParams) { c.Currency = stripe.String("yen!") }, "", "currency"},
		"unknown customer": {func(c *stripe.PaymentIntentCreateParams) { c.Customer = stripe.String("cus_no") }, "resource_missing", "customer"},
		"unknown card":     {func(c *stripe.PaymentIntentCreateParams) { c.PaymentMethod = stripe.String("pm_no") }, "resource_missing", "payment_method"},
		"unknown field":    {func(c *stripe.PaymentIntentCreateParams) { c.AddExtra("colour", "red") }, "parameter_unknown", "colour"},
		"confirm, no card": {func(c *stripe.PaymentIntentCreateParams) { c.Confirm = stripe.Bool(true) }, "parameter_missing", "payment_method"},
	} {
		t.Run(name, func(t *testing.T) {
			params := &stripe.PaymentIntentCreateParams{Amount: stripe.Int64(500), Currency: stripe.String("jpy")}
			c.change(params)
			_, err := p.stripe.V1PaymentIntents.Create(t.Context(), params)
			if e := refusal(t, err, 400, c.code); e.Param != c.param || e.Type != stripe.ErrorTypeInvalidRequest {
				t.Errorf("refused for %q as %s, want %q", e.Param, e.Type, c.param)
			}
		})
	}
	if n := len(p.sim.ledger.intents.all("")); n != 0 {
		t.Errorf("%d intents were made", n)
	}
}

func TestIntentsAreListedNewestFirstThroughPages(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	cus, err := p.stripe.V1Customers.Create(t.Context(), nil)
	must(t, cus, err)
	var want []string
	for range 5 {
		pi := p.intent(500, func(c *stripe.PaymentIntentCreateParams) { c.Customer = &cus.ID })
		want = append([]string{pi.ID}, want...)
	}
	p.intent(500) // somebody else's
	list := &stripe.PaymentIntentListParams{Customer: &cus.ID}
	list.Limit = stripe.Int64(2)
	var got []string
	for pi, err := range p.stripe.V1PaymentIntents.List(t.Context(), list).All(t.Context()) {
		got = append(got, must(t, pi, err).ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestListCanGoBackwards(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	var ids []string
	for range 4 {
		ids = append(ids, p.intent(500).ID)
	}
	list := &stripe.PaymentIntentListParams{}
	// stripe-go turns such a page around, since one reads away from the cursor.
	list.EndingBefore, list.Limit, list.Single = &ids[0], stripe.Int64(2), true
	page := p.stripe.V1PaymentIntents.List(t.Context(), list)
	var got []string
	for _, pi := range page.Data() {
		got = append(got, pi.ID)
	}
	if page.Err() != nil || !page.Meta().HasMore {
		t.Fatalf("has_more %v, error %v", page.Meta().HasMore, page.Err())
	}
	if diff := cmp.Diff([]string{ids[1], ids[2]}, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOpenWhatTheyShould(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	pi := p.intent(500)
	_, err := p.client("sk_test_other").V1PaymentIntents.Retrieve(t.Context(), pi.ID, nil)
	refusal(t, err, 401, "")
	app := p.client(publicKey)
	_, err = app.V1PaymentIntents.Capture(t.Context(), pi.ID, nil)
	refusal(t, err, 403, "secret_key_required")
	_, err = app.V1PaymentIntents.Retrieve(t.Context(), pi.ID, nil)
	refusal(t, err, 400, "")
	_, err = app.V1PaymentIntents.Retrieve(t.Context(), pi.ID, &stripe.PaymentIntentRetrieveParams{ClientSecret: stripe.String(pi.ID + "_secret_guess")})
	refusal(t, err, 400, "")
	seen, err := app.V1PaymentIntents.Retrieve(t.Context(), pi.ID, &stripe.PaymentIntentRetrieveParams{ClientSecret: &pi.ClientSecret})
	if must(t, seen, err).ID != pi.ID {
		t.Errorf("got %s", seen.ID)
	}
	_, err = p.stripe.V1PaymentIntents.Retrieve(t.Context(), "pi_absent", nil)
	refusal(t, err, 404, "resource_missing")
}

func TestMinorAmountsForPeople(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"¥50":       minor(50, "jpy"),
		"50 krw":    minor(50, "krw"),
		"0.05 usd":  minor(5, "usd"),
		"12.34 usd": minor(1234, "usd"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
