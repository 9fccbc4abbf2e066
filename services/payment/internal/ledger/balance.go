package ledger

import (
	"context"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Balance is what an account has on each side, in one currency.
type Balance struct {
	Account  string
	Currency string
	Debit    int64
	Credit   int64
}

// Knows tells whether a journal is booked.
func Knows(ctx context.Context, r spandb.Reader, journalID string) (bool, error) {
	_, ok, err := spandb.Get[key](ctx, r, "Journals", spanner.Key{journalID})
	return ok, err
}

// KnownOf tells which of some journals are written.
func KnownOf(ctx context.Context, r spandb.Reader, journalIDs []string) (map[string]bool, error) {
	keys := make([]spanner.KeySet, len(journalIDs))
	for i, id := range journalIDs {
		keys[i] = spanner.Key{id}
	}
	rows, err := spandb.Rows[key](ctx, r, "Journals", spanner.KeySets(keys...))
	found := make(map[string]bool, len(rows))
	for _, row := range rows {
		found[row.ID] = true
	}
	return found, err
}

type key struct {
	ID string `spanner:"JournalId"`
}

// TrialBalance adds up every entry, by account and currency.
func TrialBalance(ctx context.Context, r spandb.Reader) ([]Balance, error) {
	return spandb.All[Balance](ctx, r, "trial_balance", spanner.NewStatement(`
SELECT Account, Currency, SUM(IF(Side = 'DEBIT', Amount, 0)) AS Debit, SUM(IF(Side = 'CREDIT', Amount, 0)) AS Credit
FROM JournalEntries GROUP BY Account, Currency ORDER BY Account, Currency`))
}
