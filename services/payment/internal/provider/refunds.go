package provider

import (
	"context"

	"github.com/stripe/stripe-go/v86"
)

// RefundStatus is how a refund stands.
type RefundStatus string

// The statuses of a refund.
const (
	RefundMade    RefundStatus = "MADE"
	RefundPending RefundStatus = "PENDING"
	RefundFailed  RefundStatus = "FAILED"
)

// Refund is a refund as payment needs it.
type Refund struct {
	ID       string
	RefundID string // ours
	OpID     string // ours: the key it was made with
	Amount   int64  // minor units
	Status   RefundStatus
	Code     string // of a failure
}

// Refund gives amount of a captured intent back. refundID is ours, by which Refunds finds it again.
func (c *Client) Refund(ctx context.Context, key, intentID, refundID string, amount int64) (Refund, error) {
	re, err := call(ctx, c, "refund", func(ctx context.Context) (*stripe.Refund, error) {
		return c.stripe.V1Refunds.Create(ctx, &stripe.RefundCreateParams{
			Params:        stripe.Params{IdempotencyKey: &key},
			PaymentIntent: &intentID, Amount: &amount,
			Metadata: map[string]string{refundKey: refundID, opKey: key},
		})
	})
	if err != nil {
		return Refund{}, err
	}
	if re.ID == "" || re.Status == "" {
		return Refund{}, &Error{Kind: NoAnswer, Code: "garbage"}
	}
	return refundOf(re), nil
}

// Refunds lists an intent's newest hundred refunds.
func (c *Client) Refunds(ctx context.Context, intentID string) ([]Refund, error) {
	page, err := call(ctx, c, "list refunds", func(ctx context.Context) ([]*stripe.Refund, error) {
		params := &stripe.RefundListParams{PaymentIntent: &intentID}
		params.Limit, params.Single = stripe.Int64(100), true
		list := c.stripe.V1Refunds.List(ctx, params)
		return list.Data(), list.Err()
	})
	var all []Refund
	for _, re := range page {
		all = append(all, refundOf(re))
	}
	return all, err
}

func refundOf(re *stripe.Refund) Refund {
	out := Refund{ID: re.ID, RefundID: re.Metadata[refundKey], OpID: re.Metadata[opKey], Amount: re.Amount, Code: string(re.FailureReason)}
	switch re.Status {
	case stripe.RefundStatusSucceeded:
		out.Status = RefundMade
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		out.Status = RefundFailed
	default:
		out.Status = RefundPending
	}
	return out
}
