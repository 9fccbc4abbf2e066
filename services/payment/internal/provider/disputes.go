package provider

import (
	"context"

	"github.com/stripe/stripe-go/v86"
)

// DisputeStatus is how a dispute stands.
type DisputeStatus string

// The statuses of a dispute. A mere inquiry has taken no money and is none.
const (
	DisputeOpen DisputeStatus = "OPEN"
	DisputeWon  DisputeStatus = "WON"
	DisputeLost DisputeStatus = "LOST"
)

// Dispute is a dispute as payment needs it.
type Dispute struct {
	ID     string
	Amount int64 // minor units
	Status DisputeStatus
}

// Disputes lists an intent's newest hundred disputes. Inquiries, which move no money, are left out.
func (c *Client) Disputes(ctx context.Context, intentID string) ([]Dispute, error) {
	page, err := call(ctx, c, "list disputes", func(ctx context.Context) ([]*stripe.Dispute, error) {
		params := &stripe.DisputeListParams{PaymentIntent: &intentID}
		params.Limit, params.Single = stripe.Int64(100), true
		list := c.stripe.V1Disputes.List(ctx, params)
		return list.Data(), list.Err()
	})
	var all []Dispute
	for _, d := range page {
		if status := disputeStatus(d.Status); status != "" {
			all = append(all, Dispute{ID: d.ID, Amount: d.Amount, Status: status})
		}
	}
	return all, err
}

func disputeStatus(s stripe.DisputeStatus) DisputeStatus {
	switch s {
	case stripe.DisputeStatusNeedsResponse, stripe.DisputeStatusUnderReview:
		return DisputeOpen
	case stripe.DisputeStatusWon:
		return DisputeWon
	case stripe.DisputeStatusLost:
		return DisputeLost
	}
	return ""
}
