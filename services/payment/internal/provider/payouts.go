package provider

import (
	"context"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v86"
)

// Payout is what the provider has sent to our bank.
type Payout struct {
	ID        string
	Amount    int64  // minor units; below zero when we had to pay
	Currency  string // ISO 4217, upper case
	ArrivedAt time.Time
}

// Payouts lists those made since a time, newest first.
func (c *Client) Payouts(ctx context.Context, since time.Time) ([]Payout, error) {
	return call(ctx, c, "list payouts", func(ctx context.Context) ([]Payout, error) {
		params := &stripe.PayoutListParams{
			Status: stripe.String(string(stripe.PayoutStatusPaid)), CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
		}
		params.Limit = stripe.Int64(100)
		var all []Payout
		for po, err := range c.stripe.V1Payouts.List(ctx, params).All(ctx) {
			if err != nil {
				return nil, err
			}
			all = append(all, Payout{
				ID: po.ID, Amount: po.Amount, Currency: strings.ToUpper(string(po.Currency)), ArrivedAt: time.Unix(po.ArrivalDate, 0).UTC(),
			})
		}
		return all, nil
	})
}

// MovementKind is what has moved our balance with the provider.
type MovementKind string

// The kinds of movement that payment's books know.
const (
	MovedCapture      MovementKind = "CAPTURE"
	MovedRefund       MovementKind = "REFUND"
	MovedRefundFailed MovementKind = "REFUND_FAILED"
	MovedDispute      MovementKind = "DISPUTE"
	MovedPayout       MovementKind = "PAYOUT"
	MovedOtherwise    MovementKind = "OTHER"
)

// Movement is one balance transaction. Amount and Fee are in minor units; Amount is signed, and what remains of it is less
// the fee.
type Movement struct {
	ID       string // txn_…
	Kind     MovementKind
	Amount   int64
	Fee      int64
	Currency string // ISO 4217, upper case
	IntentID string // whose money it is; '' where it is none of an intent's
	ObjectID string // the refund or dispute
	RefundID string // ours, of a refund
}

// Movements reads one page of what a payout consists of, after a movement; more tells whether there is another page.
func (c *Client) Movements(ctx context.Context, payoutID, after string) (page []Movement, more bool, err error) {
	type answer struct {
		page []*stripe.BalanceTransaction
		more bool
	}
	got, err := call(ctx, c, "list balance transactions", func(ctx context.Context) (answer, error) {
		params := &stripe.BalanceTransactionListParams{Payout: &payoutID}
		params.Limit, params.Single = stripe.Int64(100), true
		params.AddExpand("data.source")
		if after != "" {
			params.StartingAfter = &after
		}
		list := c.stripe.V1BalanceTransactions.List(ctx, params)
		if err := list.Err(); err != nil {
			return answer{}, err
		}
		return answer{list.Data(), list.Meta().HasMore}, nil
	})
	for _, t := range got.page {
		page = append(page, movementOf(t))
	}
	return page, got.more, err
}

func movementOf(t *stripe.BalanceTransaction) Movement {
	m := Movement{ID: t.ID, Kind: MovedOtherwise, Amount: t.Amount, Fee: t.Fee, Currency: strings.ToUpper(string(t.Currency))}
	switch src := t.Source; {
	case t.Type == stripe.BalanceTransactionTypePayout:
		m.Kind = MovedPayout
	case src == nil:
	case src.Charge != nil:
		m.Kind, m.IntentID = MovedCapture, intentID(src.Charge.PaymentIntent)
	case src.Refund != nil:
		m.Kind, m.ObjectID, m.RefundID = MovedRefund, src.Refund.ID, src.Refund.Metadata[refundKey]
		m.IntentID = intentID(src.Refund.PaymentIntent)
		if t.Amount > 0 {
			m.Kind = MovedRefundFailed
		}
	case src.Dispute != nil:
		m.Kind, m.ObjectID, m.IntentID = MovedDispute, src.Dispute.ID, intentID(src.Dispute.PaymentIntent)
	}
	return m
}

func intentID(pi *stripe.PaymentIntent) string {
	if pi == nil {
		return ""
	}
	return pi.ID
}
