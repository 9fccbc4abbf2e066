package payment

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Notice is a row of Webhooks: one notice of the provider's that was taken in.
type Notice struct {
	EventID    string    `spanner:"EventId"`
	Type       string    `spanner:"Type"`
	ObjectID   string    `spanner:"ObjectId"`
	PaymentID  string    `spanner:"PaymentId"`
	ReceivedAt time.Time `spanner:"ReceivedAt"`
}

// KnowsNotice tells whether a notice was taken in before.
func KnowsNotice(ctx context.Context, r spandb.Reader, eventID string) (bool, error) {
	_, ok, err := spandb.Get[Notice](ctx, r, "Webhooks", spanner.Key{eventID})
	return ok, err
}

// InsertNotice writes a new one.
func InsertNotice(n Notice) (*spanner.Mutation, error) {
	n.ReceivedAt = spanner.CommitTimestamp
	return spanner.InsertStruct("Webhooks", n)
}

// OfNotice is the payment that a notice is about: by our own id where the provider's object carries it, else by the
// object's. An object that our payment does not know is not its own.
func OfNotice(ctx context.Context, r spandb.Reader, paymentID, intentID string) (Payment, bool, error) {
	if paymentID == "" && intentID != "" {
		known, ok, err := OfIntent(ctx, r, intentID)
		if err != nil || !ok {
			return Payment{}, false, err
		}
		paymentID = known
	}
	if paymentID == "" {
		return Payment{}, false, nil
	}
	p, ok, err := Get(ctx, r, paymentID)
	if err != nil || !ok || p.IntentID != "" && p.IntentID != intentID {
		return Payment{}, false, err
	}
	return p, true, nil
}
