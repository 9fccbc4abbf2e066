package shop

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// NoticeRule is a misfortune scripted for the provider's webhooks; dev/stripe tells what the fields mean.
type NoticeRule struct {
	Kind        string  `json:"kind"`
	DelayMS     int     `json:"delay_ms,omitempty"`
	Times       int     `json:"times,omitempty"`
	Size        int     `json:"size,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Seed        uint64  `json:"seed,omitempty"`
	Hits        int     `json:"hits,omitempty"` // so far; the provider tells
}

// Misfortune scripts one for the provider's webhooks.
func (s *Shop) Misfortune(ctx context.Context, r NoticeRule) error {
	_, err := s.script(ctx, "/simulator/webhooks", r)
	return err
}

// Calm takes back every failure and misfortune that is scripted, lets go of the webhooks that were held, and answers what has
// been hit by each.
func (s *Shop) Calm(ctx context.Context) (faults []Fault, notices []NoticeRule, err error) {
	if err := s.simulator(ctx, "/faults", "faults", &faults); err != nil {
		return nil, nil, err
	}
	if err := s.simulator(ctx, "/webhooks", "rules", &notices); err != nil {
		return nil, nil, err
	}
	for _, do := range []struct{ method, path string }{
		{http.MethodDelete, "/faults"}, {http.MethodPost, "/webhooks/flush"}, {http.MethodDelete, "/webhooks"},
	} {
		if _, err := s.fetch(ctx, do.method, s.Stripe+"/simulator"+do.path, nil); err != nil {
			return nil, nil, err
		}
	}
	return faults, notices, nil
}

// PayOut has the provider pay out what it owes.
func (s *Shop) PayOut(ctx context.Context) error {
	_, err := s.fetch(ctx, http.MethodPost, s.Stripe+"/simulator/payouts", nil)
	return err
}

// simulator reads one field of an answer of the provider's strings.
func (s *Shop) simulator(ctx context.Context, path, field string, into any) error {
	body, err := s.fetch(ctx, http.MethodGet, s.Stripe+"/simulator"+path, nil)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return err
	}
	return json.Unmarshal(all[field], into)
}

// PaymentStep is a row of PaymentAudit, in the Spanner database `payment`.
type PaymentStep struct {
	PaymentID string    `spanner:"PaymentId"`
	Version   int64     `spanner:"Version"`
	To        string    `spanner:"ToState"`
	At        time.Time `spanner:"MadeAt"`
}

// PaymentSteps are all steps of all payments that have been made since a time, each payment's in their order.
func (s *Shop) PaymentSteps(ctx context.Context, since time.Time) ([]PaymentStep, error) {
	stmt := spanner.NewStatement("SELECT PaymentId, Version, ToState, MadeAt FROM PaymentAudit WHERE MadeAt >= @since")
	stmt.Params["since"] = since
	steps, err := spandb.All[PaymentStep](ctx, s.payments.Single(), "look", stmt)
	slices.SortFunc(steps, func(a, b PaymentStep) int {
		return cmp.Or(cmp.Compare(a.PaymentID, b.PaymentID), cmp.Compare(a.Version, b.Version))
	})
	return steps, err
}

// PaymentsByState counts payments by their state.
func (s *Shop) PaymentsByState(ctx context.Context) (map[string]int, error) {
	type row struct {
		State string
		N     int64
	}
	rows, err := spandb.All[row](ctx, s.payments.Single(), "look", spanner.NewStatement("SELECT State, COUNT(*) AS N FROM Payments GROUP BY State"))
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.State] = int(r.N)
	}
	return counts, err
}

// UnfinishedOrders counts the orders that wait for their payment.
func (s *Shop) UnfinishedOrders(ctx context.Context) (int64, error) {
	row, _, err := spandb.One[struct{ N int64 }](ctx, s.orders.Single(), "look",
		spanner.NewStatement("SELECT COUNT(*) AS N FROM Orders WHERE State IN ('PENDING_PAYMENT', 'CONFIRMED')"))
	return row.N, err
}
