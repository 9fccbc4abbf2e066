package payment

import (
	"cmp"
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

// KnownNotices answers those of the notices that were taken in before.
func KnownNotices(ctx context.Context, r spandb.Reader, events []string) (map[string]bool, error) {
	type row struct {
		EventID string `spanner:"EventId"`
	}
	rows, err := spandb.Rows[row](ctx, r, "Webhooks", keys(events, false))
	known := make(map[string]bool, len(rows))
	for _, row := range rows {
		known[row.EventID] = true
	}
	return known, err
}

// InsertNotice writes a new one.
func InsertNotice(n Notice) (*spanner.Mutation, error) {
	n.ReceivedAt = spanner.CommitTimestamp
	return spanner.InsertStruct("Webhooks", n)
}

// Hint is what a notice says it is about: our own id where the provider's object carries it, and the object's.
type Hint struct{ PaymentID, IntentID string }

// OfHints are the payments that notices are about, by hint: by our own id, else by the object's. An object that our payment
// does not know is not its own.
func OfHints(ctx context.Context, r spandb.Reader, hints []Hint) (map[Hint]Payment, error) {
	var nameless []string
	for _, h := range hints {
		if h.PaymentID == "" && h.IntentID != "" {
			nameless = append(nameless, h.IntentID)
		}
	}
	ofIntent, err := idsOfIntents(ctx, r, nameless)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(hints))
	of := map[Hint]string{}
	for _, h := range hints {
		if id := cmp.Or(h.PaymentID, ofIntent[h.IntentID]); id != "" {
			of[h] = id
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := spandb.Rows[Payment](ctx, r, "Payments", keys(ids, false))
	byID := make(map[string]Payment, len(rows))
	for _, p := range rows {
		byID[p.ID] = p
	}
	found := map[Hint]Payment{}
	for h, id := range of {
		if p, ok := byID[id]; ok && (p.IntentID == "" || p.IntentID == h.IntentID) {
			found[h] = p
		}
	}
	return found, err
}
