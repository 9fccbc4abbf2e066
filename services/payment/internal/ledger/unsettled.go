package ledger

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Unsettled is a journal of the provider's money that no payout has shown yet.
type Unsettled struct {
	JournalID string    `spanner:"JournalId"`
	PaymentID string    `spanner:"PaymentId"`
	OrderID   string    `spanner:"OrderId"`
	Amount    int64     `spanner:"Amount"` // signed: what it adds to the provider's debt to us
	Currency  string    `spanner:"Currency"`
	BookedAt  time.Time `spanner:"BookedAt"`
}

// unsettled is the row of a journal that a payout will show; false for what a settlement itself books, and for journals
// beside the provider.
func (j Journal) unsettled() (Unsettled, bool) {
	switch j.Kind {
	case "FEES", "PAYOUT", "DIFFERENCE":
		return Unsettled{}, false
	}
	amount, currency := j.Owed()
	return Unsettled{
		JournalID: j.ID, PaymentID: j.PaymentID, OrderID: j.OrderID, Amount: amount, Currency: currency, BookedAt: j.BookedAt,
	}, amount != 0
}

// ListUnsettled are the pending ones of some journals, by id.
func ListUnsettled(ctx context.Context, r spandb.Reader, ids ...string) (map[string]Unsettled, error) {
	keys := make([]spanner.KeySet, len(ids))
	for i, id := range ids {
		keys[i] = spanner.Key{id}
	}
	rows, err := spandb.Rows[Unsettled](ctx, r, "Unsettled", spanner.KeySets(keys...))
	found := make(map[string]Unsettled, len(rows))
	for _, u := range rows {
		found[u.JournalID] = u
	}
	return found, err
}

// ListOverdue are the pending ones in a currency that were booked before a time: the provider should have shown them.
func ListOverdue(ctx context.Context, r spandb.Reader, currency string, before time.Time) ([]Unsettled, error) {
	stmt := spanner.NewStatement(`SELECT JournalId, PaymentId, OrderId, Amount, Currency, BookedAt FROM Unsettled
WHERE Currency = @currency AND BookedAt < @before ORDER BY JournalId LIMIT 1000`)
	stmt.Params["currency"], stmt.Params["before"] = currency, before
	return spandb.All[Unsettled](ctx, r, "unsettled_overdue", stmt)
}

// Settle takes a journal off the pending ones.
func Settle(journalID string) *spanner.Mutation {
	return spanner.Delete("Unsettled", spanner.Key{journalID})
}
