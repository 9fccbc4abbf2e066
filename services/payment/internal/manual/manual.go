// Package manual holds what no rule can decide and an operator has to: one row for each cause, open until it is decided. What
// a decision entails is done by whoever left the work; the row only remembers it.
package manual

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Kind is why somebody has to decide.
type Kind string

// The kinds of work.
const (
	RefundFailed    Kind = "REFUND_FAILED"
	RefundInDispute Kind = "REFUND_IN_DISPUTE"
	Settlement      Kind = "SETTLEMENT"
)

// Kinds are all of them.
var Kinds = []Kind{RefundFailed, RefundInDispute, Settlement}

// Work is a row of ManualWork; the schema explains its columns.
type Work struct {
	ID        string           `spanner:"WorkId"`
	Kind      Kind             `spanner:"Kind"`
	PaymentID string           `spanner:"PaymentId"`
	OrderID   string           `spanner:"OrderId"`
	RefundID  string           `spanner:"RefundId"`
	PayoutID  string           `spanner:"PayoutId"`
	Amount    int64            `spanner:"Amount"`
	Currency  string           `spanner:"Currency"`
	Detail    string           `spanner:"Detail"`
	Decision  string           `spanner:"Decision"`
	OpenedAt  time.Time        `spanner:"OpenedAt"`
	DecidedAt spanner.NullTime `spanner:"DecidedAt"`
}

// Open asks for a decision. The same cause again opens its row anew; AdminAudit keeps what was decided before.
func Open(w Work) (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("ManualWork", w)
}

// Decide closes w.
func (w *Work) Decide(decision string, at time.Time) (*spanner.Mutation, error) {
	w.Decision, w.DecidedAt = decision, spanner.NullTime{Time: at, Valid: true}
	return spanner.UpdateStruct("ManualWork", *w)
}

// Get reads one piece of work.
func Get(ctx context.Context, r spandb.Reader, id string) (Work, bool, error) {
	return spandb.Get[Work](ctx, r, "ManualWork", spanner.Key{id})
}

type idRow struct {
	ID string `spanner:"WorkId"`
}

// ListOpen are at most limit pieces of open work after an id, by id.
func ListOpen(ctx context.Context, r spandb.Reader, after string, limit int) ([]Work, error) {
	open := spanner.KeyRange{Start: spanner.Key{true, after}, End: spanner.Key{true}, Kind: spanner.OpenClosed}
	ids, err := spandb.Index[idRow](ctx, r, "ManualWork", "ManualWorkOpen", open, limit)
	if err != nil {
		return nil, err
	}
	keys := make([]spanner.KeySet, len(ids))
	for i, row := range ids {
		keys[i] = spanner.Key{row.ID}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return spandb.Rows[Work](ctx, r, "ManualWork", spanner.KeySets(keys...))
}

// CountOpen is how many pieces of work are open, by kind.
func CountOpen(ctx context.Context, r spandb.Reader) (map[Kind]int64, error) {
	rows, err := spandb.All[struct {
		Kind Kind
		N    int64
	}](ctx, r, "manual_open", spanner.NewStatement(`@{spanner_emulator.disable_query_null_filtered_index_check=true}
SELECT Kind, COUNT(*) AS N FROM ManualWork@{FORCE_INDEX=ManualWorkOpen} WHERE Open = true GROUP BY Kind`))
	open := map[Kind]int64{}
	for _, row := range rows {
		open[row.Kind] = row.N
	}
	return open, err
}
