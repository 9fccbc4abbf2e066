// Package settlement holds the reports of the provider's payouts: how far each was matched with the ledger, and where the two
// differ. A movement is matched once, however often its payout is looked at. What a movement should be in the ledger, and what
// follows from a difference, is said by the verb.
package settlement

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Settlement is a row of Settlements: the report of one payout.
type Settlement struct {
	PayoutID  string           `spanner:"PayoutId"`
	Amount    int64            `spanner:"Amount"`
	Currency  string           `spanner:"Currency"`
	ArrivedAt time.Time        `spanner:"ArrivedAt"`
	Movements int64            `spanner:"Movements"`
	Matched   int64            `spanner:"Matched"`
	Fees      int64            `spanner:"Fees"`
	LastID    string           `spanner:"LastId"`
	DoneAt    spanner.NullTime `spanner:"DoneAt"`
}

// Difference is a row of SettlementDifferences. Ours and Theirs are what each has as added to the provider's debt to us.
type Difference struct {
	PayoutID  string `spanner:"PayoutId"`
	Subject   string `spanner:"Subject"`
	Kind      string `spanner:"Kind"`
	JournalID string `spanner:"JournalId"`
	PaymentID string `spanner:"PaymentId"`
	OrderID   string `spanner:"OrderId"`
	Ours      int64  `spanner:"Ours"`
	Theirs    int64  `spanner:"Theirs"`
}

// The kinds of difference.
const (
	MissingHere   = "MISSING_HERE"
	MissingThere  = "MISSING_THERE"
	AmountDiffers = "AMOUNT_DIFFERS"
)

// Get reads the report of a payout.
func Get(ctx context.Context, r spandb.Reader, payoutID string) (Settlement, bool, error) {
	return spandb.Get[Settlement](ctx, r, "Settlements", spanner.Key{payoutID})
}

// Put writes a report.
func (s Settlement) Put() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Settlements", s)
}

// Anew forgets how far a payout was matched, and what was found, so that it is matched again.
func (s Settlement) Anew() ([]*spanner.Mutation, error) {
	m, err := spanner.UpdateStruct("Settlements", Settlement{
		PayoutID: s.PayoutID, Amount: s.Amount, Currency: s.Currency, ArrivedAt: s.ArrivedAt,
	})
	return []*spanner.Mutation{m, spanner.Delete("SettlementDifferences", spanner.Key{s.PayoutID}.AsPrefix())}, err
}

// Put writes a difference.
func (d Difference) Put() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("SettlementDifferences", d)
}

// DifferenceOf reads one difference.
func DifferenceOf(ctx context.Context, r spandb.Reader, payoutID, subject string) (Difference, bool, error) {
	return spandb.Get[Difference](ctx, r, "SettlementDifferences", spanner.Key{payoutID, subject})
}

// Differences are those of a payout.
func Differences(ctx context.Context, r spandb.Reader, payoutID string) ([]Difference, error) {
	return spandb.Rows[Difference](ctx, r, "SettlementDifferences", spanner.Key{payoutID}.AsPrefix())
}

// List are the newest reports.
func List(ctx context.Context, r spandb.Reader, limit int) ([]Settlement, error) {
	stmt := spanner.NewStatement(`SELECT PayoutId, Amount, Currency, ArrivedAt, Movements, Matched, Fees, LastId, DoneAt FROM Settlements
ORDER BY ArrivedAt DESC, PayoutId LIMIT @limit`)
	stmt.Params["limit"] = int64(limit)
	return spandb.All[Settlement](ctx, r, "settlements", stmt)
}

type settled struct {
	MovementID string `spanner:"MovementId"`
	JournalID  string `spanner:"JournalId"`
	PayoutID   string `spanner:"PayoutId"`
}

// SettledOf tells which of some movements were matched before.
func SettledOf(ctx context.Context, r spandb.Reader, movementIDs []string) (map[string]bool, error) {
	keys := make([]spanner.KeySet, len(movementIDs))
	for i, id := range movementIDs {
		keys[i] = spanner.Key{id}
	}
	rows, err := spandb.Rows[settled](ctx, r, "Settled", spanner.KeySets(keys...))
	found := make(map[string]bool, len(rows))
	for _, row := range rows {
		found[row.MovementID] = true
	}
	return found, err
}

// Settle remembers that a movement is matched.
func Settle(movementID, journalID, payoutID string) (*spanner.Mutation, error) {
	return spanner.InsertStruct("Settled", settled{movementID, journalID, payoutID})
}
