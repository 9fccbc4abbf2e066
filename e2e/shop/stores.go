package shop

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/spandb"
)

// OrderRow is a row of Orders, in the Spanner database `order`.
type OrderRow struct {
	ID           string            `spanner:"OrderId"`
	CustomerID   string            `spanner:"CustomerId"`
	State        string            `spanner:"State"`
	CancelReason string            `spanner:"CancelReason"`
	GroupID      string            `spanner:"GroupId"`
	CampaignID   string            `spanner:"CampaignId"`
	Total        int64             `spanner:"Total"`
	FinalTotal   spanner.NullInt64 `spanner:"FinalTotal"`
	Version      int64             `spanner:"Version"`
}

// GroupRow is a row of BuyerGroups.
type GroupRow struct {
	ID        string           `spanner:"GroupId"`
	LeaderID  string           `spanner:"LeaderId"`
	State     string           `spanner:"State"`
	Held      int64            `spanner:"Held"`
	Confirmed int64            `spanner:"Confirmed"`
	MaxSize   int64            `spanner:"MaxSize"`
	Deadline  spanner.NullTime `spanner:"Deadline"`
}

// StockRow is a row of Stock.
type StockRow struct {
	SKU      string `spanner:"Sku"`
	OnHand   int64  `spanner:"OnHand"`
	Reserved int64  `spanner:"Reserved"`
}

// PaymentRow is a row of Payments, in the Spanner database `payment`.
type PaymentRow struct {
	ID         string `spanner:"PaymentId"`
	OrderID    string `spanner:"OrderId"`
	State      string `spanner:"State"`
	IntentID   string `spanner:"IntentId"`
	Currency   string `spanner:"Currency"`
	Authorised int64  `spanner:"Authorised"`
	Captured   int64  `spanner:"Captured"`
	Refunded   int64  `spanner:"Refunded"`
}

// EarningRow is a row of Earnings, in the Spanner database `reward`.
type EarningRow struct {
	OrderID    string `spanner:"OrderId"`
	Rule       string `spanner:"Rule"`
	CustomerID string `spanner:"CustomerId"`
	Points     int64  `spanner:"Points"`
}

var errNoRow = errors.New("no such row")

// OrderRow reads an order.
func (s *Shop) OrderRow(ctx context.Context, id string) (OrderRow, error) {
	return get[OrderRow](ctx, s.orders, "Orders", id)
}

// OrdersOf reads a customer's orders, oldest first.
func (s *Shop) OrdersOf(ctx context.Context, customer string) ([]OrderRow, error) {
	return all[OrderRow](ctx, s.orders, `SELECT OrderId, CustomerId, State, CancelReason, GroupId, CampaignId, Total, FinalTotal, Version
		FROM Orders WHERE CustomerId = @p ORDER BY CreatedAt`, customer)
}

// GroupRow reads a group.
func (s *Shop) GroupRow(ctx context.Context, id string) (GroupRow, error) {
	return get[GroupRow](ctx, s.orders, "BuyerGroups", id)
}

// StockRow reads the stock of a SKU.
func (s *Shop) StockRow(ctx context.Context, sku string) (StockRow, error) {
	return get[StockRow](ctx, s.orders, "Stock", sku)
}

// PaymentRow reads the payment of an order.
func (s *Shop) PaymentRow(ctx context.Context, orderID string) (PaymentRow, error) {
	rows, err := all[PaymentRow](ctx, s.payments, `SELECT PaymentId, OrderId, State, IntentId, Currency, Authorised, Captured, Refunded
		FROM Payments WHERE OrderId = @p`, orderID)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("payment of %s: %w", orderID, errNoRow)
	}
	if err != nil {
		return PaymentRow{}, err
	}
	return rows[0], nil
}

// PaymentsOf reads all payments of a customer.
func (s *Shop) PaymentsOf(ctx context.Context, customer string) ([]PaymentRow, error) {
	return all[PaymentRow](ctx, s.payments, `SELECT PaymentId, OrderId, State, IntentId, Currency, Authorised, Captured, Refunded
		FROM Payments WHERE CustomerId = @p`, customer)
}

// OpsOf counts the calls of a kind that payment has begun for a customer: CREATE, CONFIRM, CAPTURE, CANCEL, REFUND.
func (s *Shop) OpsOf(ctx context.Context, customer, kind string) (int64, error) {
	row, _, err := spandb.One[struct{ N int64 }](ctx, s.payments.Single(), "look", spanner.Statement{
		SQL: `SELECT COUNT(*) AS N FROM PaymentOps AS o JOIN Payments AS p ON p.PaymentId = o.PaymentId
			WHERE p.CustomerId = @customer AND o.Kind = @kind`,
		Params: map[string]any{"customer": customer, "kind": kind},
	})
	return row.N, err
}

// NoticesOf counts the provider's notices of a PaymentIntent that payment has taken in.
func (s *Shop) NoticesOf(ctx context.Context, intent, kind string) (int64, error) {
	row, _, err := spandb.One[struct{ N int64 }](ctx, s.payments.Single(), "look", spanner.Statement{
		SQL: `SELECT COUNT(*) AS N FROM Webhooks WHERE ObjectId = @intent AND Type = @kind`, Params: map[string]any{"intent": intent, "kind": kind},
	})
	return row.N, err
}

// EarningsOf reads what the orders of a campaign have earned whom, by rule.
func (s *Shop) EarningsOf(ctx context.Context, campaign string) ([]EarningRow, error) {
	return all[EarningRow](ctx, s.rewards, `SELECT OrderId, Rule, CustomerId, Points FROM Earnings WHERE CampaignId = @p ORDER BY Rule, CustomerId`, campaign)
}

// Unsent are the ids of what an object's changes have yet to tell: rows of the order database's Outbox.
func (s *Shop) Unsent(ctx context.Context, object string) ([]string, error) {
	return unsent(ctx, s.orders, object)
}

// UnsentPayment are those of the payment database.
func (s *Shop) UnsentPayment(ctx context.Context, object string) ([]string, error) {
	return unsent(ctx, s.payments, object)
}

func unsent(ctx context.Context, db *spandb.DB, object string) ([]string, error) {
	rows, err := all[struct{ Id string }](ctx, db, `SELECT Id FROM Outbox WHERE STRPOS(Id, @p) > 0 ORDER BY Id`, object)
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.Id)
	}
	return ids, err
}

// CartLine is a line of a cart's document, in the Firestore database `cart`.
type CartLine struct {
	SKU      string `firestore:"sku"`
	Quantity int64  `firestore:"quantity"`
}

// CartDocument is a cart as stored; an absent one has version 0.
func (s *Shop) CartDocument(ctx context.Context, customer string) (version int64, lines []CartLine, err error) {
	type document struct {
		Version int64      `firestore:"version"`
		Lines   []CartLine `firestore:"lines"`
	}
	doc, _, _, err := firedb.Get[document](ctx, s.carts.Collection("carts").Doc("u_"+url.QueryEscape(customer)))
	return doc.Version, doc.Lines, err
}

// CampaignDocument is what catalog has stored of a campaign: its version, and since when.
func (s *Shop) CampaignDocument(ctx context.Context, id string) (version int64, at time.Time, err error) {
	type document struct {
		Version int64 `firestore:"version"`
	}
	doc, at, ok, err := firedb.Get[document](ctx, s.shelves.Collection("campaigns").Doc(id))
	if err == nil && !ok {
		err = fmt.Errorf("campaign %s: %w", id, errNoRow)
	}
	return doc.Version, at, err
}

func get[T any](ctx context.Context, db *spandb.DB, table, id string) (T, error) {
	row, ok, err := spandb.Get[T](ctx, db.Single(), table, spanner.Key{id})
	if err == nil && !ok {
		err = fmt.Errorf("%s %s: %w", table, id, errNoRow)
	}
	return row, err
}

func all[T any](ctx context.Context, db *spandb.DB, sql, param string) ([]T, error) {
	return spandb.All[T](ctx, db.Single(), "look", spanner.Statement{SQL: sql, Params: map[string]any{"p": param}})
}
