package payment

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Transition is the kind of moment that has no amount; the others are CALL, REFUND and DISPUTE.
const Transition = "TRANSITION"

// Moment is one thing that happened to a payment.
type Moment struct {
	At                  time.Time
	Kind                string
	What, Reason, Actor string
	Amount              int64
	ObjectID            string
}

// Timeline is all that happened to a payment, oldest first.
func Timeline(ctx context.Context, r spandb.Reader, c *Change) ([]Moment, error) {
	steps, err := spandb.Rows[audit](ctx, r, "PaymentAudit", spanner.Key{c.Payment.ID}.AsPrefix())
	if err != nil {
		return nil, err
	}
	var all []Moment
	for _, s := range steps {
		all = append(all, Moment{At: s.MadeAt, Kind: Transition, What: string(s.From) + " → " + string(s.To), Reason: s.Reason, Actor: s.Actor})
	}
	for _, op := range c.Ops {
		all = append(all, Moment{At: op.StartedAt, Kind: "CALL", What: string(op.Kind) + " " + string(op.State), Reason: op.Code, Amount: op.Amount, ObjectID: op.ID})
	}
	for _, re := range c.Refunds {
		all = append(all, Moment{At: re.AskedAt, Kind: "REFUND", What: string(re.State), Reason: re.Reason, Amount: re.Amount, ObjectID: re.ID})
	}
	for _, d := range c.Disputes {
		all = append(all, Moment{At: d.OpenedAt, Kind: "DISPUTE", What: string(d.Status), Amount: d.Amount, ObjectID: d.ID})
	}
	slices.SortStableFunc(all, func(a, b Moment) int { return a.At.Compare(b.At) })
	return all, nil
}
