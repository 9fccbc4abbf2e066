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
	Provider    = "provider"    // what the provider owes us
	Orders      = "orders"      // what orders have paid
	Disputes    = "disputes"    // taken away while the bank decides
	Losses      = "losses"      // disputes that were lost
	Fees        = "fees"        // kept by the provider
	Bank        = "bank"        // paid out to us
	Outside     = "outside"     // given back by other means
	Differences = "differences" // written off, or settled outside
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

// Of is the payment that journals are about, and when they are booked.
type Of struct {
	PaymentID, OrderID, Currency string
	At                           time.Time
}

func (of Of) journal(kind, id, debit, credit string, amount int64) Journal {
	j := Journal{ID: id, Kind: kind, PaymentID: of.PaymentID, OrderID: of.OrderID, BookedAt: of.At}
	return j.move(debit, credit, amount, of.Currency)
}

// Capture books that the order's money was taken.
func (of Of) Capture(amount int64) Journal {
	return of.journal("CAPTURE", "capture/"+of.PaymentID, Provider, Orders, amount)
}

// Refund books that money of the order went back by the provider's refund providerID.
func (of Of) Refund(refundID, providerID string, amount int64) Journal {
	return of.journal("REFUND", "refund/"+refundID+"/"+providerID, Orders, Provider, amount)
}

// RefundFailed books that a refund did not reach the customer: the money is with the provider again.
func (of Of) RefundFailed(providerID string, amount int64) Journal {
	return of.journal("REFUND_FAILED", "refund_failed/"+providerID, Provider, Orders, amount)
}

// Outside books that money of the order went back by other means than the provider.
func (of Of) Outside(refundID string, amount int64) Journal {
	return of.journal("OUTSIDE", "outside/"+refundID, Orders, Outside, amount)
}

// Dispute books that the provider took disputed money away.
func (of Of) Dispute(disputeID string, amount int64) Journal {
	return of.journal("DISPUTE", "dispute/"+disputeID, Disputes, Provider, amount)
}

// DisputeWon books that it came back.
func (of Of) DisputeWon(disputeID string, amount int64) Journal {
	return of.journal("DISPUTE_WON", "won/"+disputeID, Provider, Disputes, amount)
}

// DisputeLost books that it will not.
func (of Of) DisputeLost(disputeID string, amount int64) Journal {
	return of.journal("DISPUTE_LOST", "lost/"+disputeID, Losses, Disputes, amount)
}

// Fees books what the provider has kept of a payout's movements; amount may be negative.
func (of Of) Fees(payoutID string, amount int64) Journal {
	return of.signed("FEES", "fees/"+payoutID, Fees, Provider, amount)
}

// Payout books what came to our bank; amount may be negative.
func (of Of) Payout(payoutID string, amount int64) Journal {
	return of.signed("PAYOUT", "payout/"+payoutID, Bank, Provider, amount)
}

// Difference brings our books to the provider's after a decision; amount is the provider's figure less ours.
func (of Of) Difference(workID string, amount int64) Journal {
	return of.signed("DIFFERENCE", "difference/"+workID, Provider, Differences, amount)
}

func (of Of) signed(kind, id, debit, credit string, amount int64) Journal {
	if amount < 0 {
		return of.journal(kind, id, credit, debit, -amount)
	}
	return of.journal(kind, id, debit, credit, amount)
}

// Owed is what the journal adds to the provider's debt to us.
func (j Journal) Owed() (amount int64, currency string) {
	for _, e := range j.Entries {
		switch {
		case e.Account != Provider:
		case e.Side == Debit:
			amount, currency = amount+e.Amount, e.Currency
		default:
			amount, currency = amount-e.Amount, e.Currency
		}
	}
	return amount, currency
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
		if u, ok := j.unsettled(); ok {
			if m, err = spanner.InsertStruct("Unsettled", u); err != nil {
				return nil, err
			}
			ms = append(ms, m)
		}
	}
	return ms, nil
}
