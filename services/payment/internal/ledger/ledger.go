// Package ledger books the money that has moved: double entry, insert only, one journal per business event.
//
// The id of a journal is the event itself, so that an event is booked once however often it is heard. In each journal the
// debits of a currency are its credits. What is merely held has not moved and is not booked; what goes where and when is
// decided by payment.
package ledger

import (
	"time"

	"cloud.google.com/go/spanner"
)

// Side is where an entry stands.
type Side string

// The sides of an entry.
const (
	Debit  Side = "DEBIT"
	Credit Side = "CREDIT"
)

// The accounts.
const (
	Provider = "provider" // what the provider owes us
	Orders   = "orders"   // what orders have paid
)

// Journal is one business event with its entries.
type Journal struct {
	ID        string    `spanner:"JournalId"`
	Kind      string    `spanner:"Kind"`
	PaymentID string    `spanner:"PaymentId"`
	OrderID   string    `spanner:"OrderId"`
	BookedAt  time.Time `spanner:"BookedAt"`
	Entries   []Entry   `spanner:"-"`
}

// Entry is one line of a journal. Amount is above zero.
type Entry struct {
	JournalID string `spanner:"JournalId"`
	Line      int64  `spanner:"Line"`
	Account   string `spanner:"Account"`
	Side      Side   `spanner:"Side"`
	Amount    int64  `spanner:"Amount"`
	Currency  string `spanner:"Currency"`
}

// Capture books that an order's money was taken.
func Capture(paymentID, orderID string, amount int64, currency string, at time.Time) Journal {
	j := Journal{ID: "capture/" + paymentID, Kind: "CAPTURE", PaymentID: paymentID, OrderID: orderID, BookedAt: at}
	return j.move(Provider, Orders, amount, currency)
}

// Refund books that money of an order went back.
func Refund(refundID, paymentID, orderID string, amount int64, currency string, at time.Time) Journal {
	j := Journal{ID: "refund/" + refundID, Kind: "REFUND", PaymentID: paymentID, OrderID: orderID, BookedAt: at}
	return j.move(Orders, Provider, amount, currency)
}

// move debits one account and credits another.
func (j Journal) move(debit, credit string, amount int64, currency string) Journal {
	j.Entries = append(j.Entries,
		Entry{JournalID: j.ID, Line: 1, Account: debit, Side: Debit, Amount: amount, Currency: currency},
		Entry{JournalID: j.ID, Line: 2, Account: credit, Side: Credit, Amount: amount, Currency: currency})
	return j
}

// Insert are the mutations of new journals. They fail with ALREADY_EXISTS for an event that is booked.
func Insert(journals ...Journal) ([]*spanner.Mutation, error) {
	var ms []*spanner.Mutation
	for _, j := range journals {
		m, err := spanner.InsertStruct("Journals", j)
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
		for _, e := range j.Entries {
			if m, err = spanner.InsertStruct("JournalEntries", e); err != nil {
				return nil, err
			}
			ms = append(ms, m)
		}
	}
	return ms, nil
}
