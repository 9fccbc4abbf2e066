package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v86"
	"github.com/stripe/stripe-go/v86/webhook"
)

// tolerance is how old a signature may be, by real time: who has recorded a notice cannot send it again later.
const tolerance = 300 * time.Second

// ErrSignature is returned for a notice that Stripe has not signed, or not lately.
var ErrSignature = errors.New("the webhook's signature does not hold")

// Notice is what a webhook says: a hint that an intent or its refund has moved.
type Notice struct {
	ID        string // evt_…
	Type      string // payment_intent.succeeded …
	IntentID  string // empty for a notice about something else
	PaymentID string // ours; empty where the object does not tell
	Status    Status // of the intent when the notice was made; empty when the notice is about something of the intent's
}

// Notice verifies the raw body of a webhook and reads it.
func (c *Client) Notice(body []byte, signature string) (Notice, error) {
	if err := webhook.ValidatePayloadWithTolerance(body, signature, c.secret, tolerance); err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	var e struct {
		ID, Type string
		Data     struct{ Object json.RawMessage }
	}
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" || len(e.Data.Object) == 0 {
		return Notice{}, errors.New("the webhook is no event") // its content stays out of logs
	}
	n := Notice{ID: e.ID, Type: e.Type}
	return n, n.read(e.Data.Object)
}

func (n *Notice) read(object []byte) error {
	var kind struct {
		Object        string `json:"object"`
		PaymentIntent any    `json:"payment_intent"`
		Metadata      map[string]string
	}
	if err := json.Unmarshal(object, &kind); err != nil {
		return fmt.Errorf("webhook %s holds no object", n.ID)
	}
	if kind.Object != "payment_intent" {
		n.IntentID, _ = kind.PaymentIntent.(string)
		if kind.Object == "charge" { // it has its intent's metadata
			n.PaymentID = kind.Metadata[paymentKey]
		}
		return nil
	}
	var pi stripe.PaymentIntent
	if err := json.Unmarshal(object, &pi); err != nil {
		return fmt.Errorf("webhook %s holds no payment intent", n.ID)
	}
	in := intentOf(&pi)
	n.IntentID, n.PaymentID, n.Status = in.ID, in.PaymentID, in.Status
	return nil
}
