package provider

import (
	"context"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v86"
)

// Status is how an intent stands, in payment's words.
type Status string

// The statuses.
const (
	Unconfirmed Status = "UNCONFIRMED"
	Refusal     Status = "REFUSED"
	NeedsAction Status = "ACTION"
	Processing  Status = "PROCESSING"
	Held        Status = "HELD"
	Taken       Status = "TAKEN"
	Cancelled   Status = "CANCELLED"
)

// Intent is a PaymentIntent as payment needs it.
type Intent struct {
	ID            string
	ClientSecret  string // for the app; never stored or logged
	Status        Status
	Amount        int64     // taken, or held; minor units
	Code          string    // of the last refusal, or why it was cancelled
	CaptureBefore time.Time // zero where unknown
	PaymentID     string    // ours
}

// Hold is what to hold, and for whom.
type Hold struct {
	PaymentID, OrderID string
	CustomerID         string // the provider's
	Amount             int64
	Currency           string // ISO 4217, upper case
}

// Metadata keys of what we make, by which it is found again.
const (
	paymentKey = "payment_id"
	orderKey   = "order_id"
	opKey      = "op_id"
	refundKey  = "refund_id"
	userKey    = "user_id"
)

var withCharge = []*string{stripe.String("latest_charge")}

// Create makes an intent that nobody has confirmed: nothing is asked of a bank.
func (c *Client) Create(ctx context.Context, key string, h Hold) (Intent, error) {
	return c.intent(ctx, "create", func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.stripe.V1PaymentIntents.Create(ctx, &stripe.PaymentIntentCreateParams{
			Params:             stripe.Params{IdempotencyKey: &key},
			Amount:             &h.Amount,
			Currency:           stripe.String(strings.ToLower(h.Currency)),
			Customer:           &h.CustomerID,
			CaptureMethod:      stripe.String(string(stripe.PaymentIntentCaptureMethodManual)),
			PaymentMethodTypes: []*string{stripe.String("card")},
			Metadata:           map[string]string{paymentKey: h.PaymentID, orderKey: h.OrderID, opKey: key},
		})
	})
}

// Confirm asks the bank to hold the money by a method; the customer is there and can be asked.
func (c *Client) Confirm(ctx context.Context, key, intentID, methodID string) (Intent, error) {
	return c.intent(ctx, "confirm", func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.stripe.V1PaymentIntents.Confirm(ctx, intentID, &stripe.PaymentIntentConfirmParams{
			Params: stripe.Params{IdempotencyKey: &key}, PaymentMethod: &methodID, Expand: withCharge,
		})
	})
}

// Capture takes amount of what is held and lets go of the rest.
func (c *Client) Capture(ctx context.Context, key, intentID string, amount int64) (Intent, error) {
	return c.intent(ctx, "capture", func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.stripe.V1PaymentIntents.Capture(ctx, intentID, &stripe.PaymentIntentCaptureParams{
			Params: stripe.Params{IdempotencyKey: &key}, AmountToCapture: &amount, Expand: withCharge,
		})
	})
}

// Cancel gives up an intent and what it holds.
func (c *Client) Cancel(ctx context.Context, key, intentID string) (Intent, error) {
	return c.intent(ctx, "cancel", func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.stripe.V1PaymentIntents.Cancel(ctx, intentID, &stripe.PaymentIntentCancelParams{
			Params: stripe.Params{IdempotencyKey: &key}, Expand: withCharge,
		})
	})
}

// Intent reads one.
func (c *Client) Intent(ctx context.Context, id string) (Intent, error) {
	return c.intent(ctx, "read intent", func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.stripe.V1PaymentIntents.Retrieve(ctx, id, &stripe.PaymentIntentRetrieveParams{Expand: withCharge})
	})
}

// Find looks through a customer's newest hundred intents for the one of a payment: what a creation without a usable answer
// may have left.
func (c *Client) Find(ctx context.Context, customerID, paymentID string) (Intent, bool, error) {
	page, err := call(ctx, c, "list intents", func(ctx context.Context) ([]*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentListParams{Customer: &customerID}
		params.Limit, params.Single = stripe.Int64(100), true
		list := c.stripe.V1PaymentIntents.List(ctx, params)
		return list.Data(), list.Err()
	})
	for _, pi := range page {
		if pi.Metadata[paymentKey] == paymentID {
			return intentOf(pi), true, err
		}
	}
	return Intent{}, false, err
}

func (c *Client) intent(ctx context.Context, name string, send func(context.Context) (*stripe.PaymentIntent, error)) (Intent, error) {
	pi, err := call(ctx, c, name, send)
	if err != nil {
		return Intent{}, err
	}
	in := intentOf(pi)
	if in.ID == "" || in.Status == "" {
		return Intent{}, &Error{Kind: NoAnswer, Code: "garbage"}
	}
	return in, nil
}

func intentOf(pi *stripe.PaymentIntent) Intent {
	in := Intent{ID: pi.ID, ClientSecret: pi.ClientSecret, PaymentID: pi.Metadata[paymentKey]}
	switch pi.Status {
	case stripe.PaymentIntentStatusRequiresPaymentMethod:
		in.Status = Unconfirmed
		if pi.LastPaymentError != nil {
			in.Status, in.Code = Refusal, refusalCode(pi.LastPaymentError)
		}
	case stripe.PaymentIntentStatusRequiresConfirmation:
		in.Status = Unconfirmed
	case stripe.PaymentIntentStatusRequiresAction:
		in.Status = NeedsAction
	case stripe.PaymentIntentStatusProcessing:
		in.Status = Processing
	case stripe.PaymentIntentStatusRequiresCapture:
		in.Status, in.Amount, in.CaptureBefore = Held, pi.AmountCapturable, captureBefore(pi)
	case stripe.PaymentIntentStatusSucceeded:
		in.Status, in.Amount = Taken, pi.AmountReceived
	case stripe.PaymentIntentStatusCanceled:
		in.Status, in.Code = Cancelled, string(pi.CancellationReason)
	}
	return in
}

func refusalCode(e *stripe.Error) string {
	if e.DeclineCode != "" {
		return string(e.DeclineCode)
	}
	return string(e.Code)
}

func captureBefore(pi *stripe.PaymentIntent) time.Time {
	ch := pi.LatestCharge
	if ch == nil || ch.PaymentMethodDetails == nil || ch.PaymentMethodDetails.Card == nil || ch.PaymentMethodDetails.Card.CaptureBefore == 0 {
		return time.Time{}
	}
	return time.Unix(ch.PaymentMethodDetails.Card.CaptureBefore, 0).UTC()
}
