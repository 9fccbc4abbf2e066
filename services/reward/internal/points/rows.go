package points

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Book answers the rows of journals and of the balances that they change. Each journal must have a customer and sum to
// zero. A journal that is there already makes the commit fail: callers decide by the states of orders and holds first.
func Book(ctx context.Context, r spandb.Reader, now time.Time, journals ...Journal) ([]*spanner.Mutation, error) {
	var ms []*spanner.Mutation
	balances := map[string]*Balance{}
	for _, j := range journals {
		if err := j.check(); err != nil {
			return nil, err
		}
		if balances[j.CustomerID] == nil {
			b, err := BalanceOf(ctx, r, j.CustomerID)
			if err != nil {
				return nil, err
			}
			balances[j.CustomerID] = &b
		}
		balances[j.CustomerID].Apply(j)
		ms = append(ms, insert(j, now)...)
	}
	for _, b := range balances {
		ms = append(ms, spanner.InsertOrUpdate("Balances", spandb.Columns[Balance](),
			[]any{b.CustomerID, b.Pending, b.Available, b.Held, now}))
	}
	return ms, nil
}

func insert(j Journal, now time.Time) []*spanner.Mutation {
	ms := []*spanner.Mutation{spanner.Insert("Journals", spandb.Columns[Journal](),
		[]any{j.ID, string(j.Kind), j.CustomerID, j.OrderID, j.Points, now})}
	for _, e := range j.Entries {
		ms = append(ms, spanner.Insert("Entries", spandb.Columns[Entry](),
			[]any{e.JournalID, string(e.Account), e.Holder, e.Points}))
	}
	return ms
}

// Knows tells whether a journal is written.
func Knows(ctx context.Context, r spandb.Reader, journalID string) (bool, error) {
	_, ok, err := spandb.Get[Journal](ctx, r, "Journals", spanner.Key{journalID})
	return ok, err
}

// BalanceOf answers a customer's balance, zero when nothing ever moved.
func BalanceOf(ctx context.Context, r spandb.Reader, customerID string) (Balance, error) {
	b, _, err := spandb.Get[Balance](ctx, r, "Balances", spanner.Key{customerID})
	b.CustomerID = customerID
	return b, err
}

// Before is a place in a customer's journals, newest first; the zero Before is the beginning.
type Before struct {
	CreatedAt time.Time
	JournalID string
}

// List answers up to limit of a customer's journals after a place, without their entries.
func List(ctx context.Context, r spandb.Reader, customerID string, at Before, limit int64) ([]Journal, error) {
	stmt := spanner.NewStatement(`
		SELECT JournalId, Kind, CustomerId, OrderId, Points, CreatedAt
		FROM Journals@{FORCE_INDEX=JournalsByCustomer}
		WHERE CustomerId = @customer
		  AND (@begin OR CreatedAt < @created OR (CreatedAt = @created AND JournalId > @journal))
		ORDER BY CreatedAt DESC, JournalId
		LIMIT @limit`)
	stmt.Params = map[string]any{
		"customer": customerID, "begin": at.JournalID == "", "created": at.CreatedAt, "journal": at.JournalID, "limit": limit,
	}
	return spandb.All[Journal](ctx, r, "points_list", stmt)
}

// Count answers how many journals a customer has.
func Count(ctx context.Context, r spandb.Reader, customerID string) (int64, error) {
	stmt := spanner.NewStatement("SELECT COUNT(*) AS N FROM Journals@{FORCE_INDEX=JournalsByCustomer} WHERE CustomerId = @customer")
	stmt.Params["customer"] = customerID
	row, _, err := spandb.One[struct{ N int64 }](ctx, r, "points_count", stmt)
	return row.N, err
}

// EarningsOf answers what an order earned, for whomever.
func EarningsOf(ctx context.Context, r spandb.Reader, orderID string) ([]Earning, error) {
	return spandb.Rows[Earning](ctx, r, "Earnings", spanner.Key{orderID}.AsPrefix())
}

// Save answers the earning's row.
func (e Earning) Save() *spanner.Mutation {
	return spanner.InsertOrUpdate("Earnings", spandb.Columns[Earning](),
		[]any{e.OrderID, string(e.Rule), e.CustomerID, e.CampaignID, e.Points, e.ClawedBack, e.Vested, e.JournalID})
}
