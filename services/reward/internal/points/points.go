// Package points is the ledger of points: append-only double entry. A journal is one business event that moved one
// customer's points; its entries sum to zero, because whatever a customer gets or spends comes from or goes to a campaign
// or the issuer. A journal's id is made of the event's natural key, so that an event told twice is written once. A
// customer's balances are the sums of the entries and change in the same transaction.
package points

import (
	"fmt"
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/id"
)

// Kind is why points moved.
type Kind string

// The kinds of journal, as stored.
const (
	KindEarn     Kind = "EARN"
	KindVest     Kind = "VEST"
	KindHold     Kind = "HOLD"
	KindCommit   Kind = "COMMIT"
	KindRelease  Kind = "RELEASE"
	KindReturn   Kind = "RETURN"
	KindClawback Kind = "CLAWBACK"
)

// Account is what an entry adds to.
type Account string

// The accounts, as stored. The first three are a customer's.
const (
	Pending   Account = "PENDING"   // earned, not yet vested
	Available Account = "AVAILABLE" // can be spent
	Held      Account = "HELD"      // set aside for an order
	Campaign  Account = "CAMPAIGN"  // what a campaign gave, below zero
	Issuer    Account = "ISSUER"    // what was spent
)

// Journal is one movement of one customer's points.
type Journal struct {
	ID         string    `spanner:"JournalId"`
	Kind       Kind      `spanner:"Kind"`
	CustomerID string    `spanner:"CustomerId"`
	OrderID    string    `spanner:"OrderId"` // the customer's own; empty when it is another's
	Points     int64     `spanner:"Points"`  // the change of pending + available
	CreatedAt  time.Time `spanner:"CreatedAt"`
	Entries    []Entry   `spanner:"-"`
}

// Entry is one side of a journal.
type Entry struct {
	JournalID string  `spanner:"JournalId"`
	Account   Account `spanner:"Account"`
	Holder    string  `spanner:"Holder"` // customer or campaign; empty for Issuer
	Points    int64   `spanner:"Points"`
}

// Balance is what a customer has.
type Balance struct {
	CustomerID string    `spanner:"CustomerId"`
	Pending    int64     `spanner:"Pending"`
	Available  int64     `spanner:"Available"`
	Held       int64     `spanner:"Held"`
	UpdatedAt  time.Time `spanner:"UpdatedAt"`
}

// Hold sets n points aside for an order; each round of holding and releasing has its own number.
func Hold(orderID string, round int64, customerID string, n int64) Journal {
	return journal(KindHold, customerID, orderID, []string{orderID, strconv.FormatInt(round, 10)},
		Entry{Account: Available, Holder: customerID, Points: -n},
		Entry{Account: Held, Holder: customerID, Points: n})
}

// Release gives back what a round of holding set aside.
func Release(orderID string, round int64, customerID string, n int64) Journal {
	return journal(KindRelease, customerID, orderID, []string{orderID, strconv.FormatInt(round, 10)},
		Entry{Account: Held, Holder: customerID, Points: -n},
		Entry{Account: Available, Holder: customerID, Points: n})
}

// Commit spends points on an order: those held for it, and where fewer or none are held any more, the customer's others,
// even below zero; the order was paid with them.
func Commit(orderID, customerID string, held, spent int64) Journal {
	return journal(KindCommit, customerID, orderID, []string{orderID},
		Entry{Account: Held, Holder: customerID, Points: -held},
		Entry{Account: Available, Holder: customerID, Points: held - spent},
		Entry{Account: Issuer, Points: spent})
}

// Return gives back what was spent on an order that was cancelled afterwards.
func Return(orderID, customerID string, n int64) Journal {
	return journal(KindReturn, customerID, orderID, []string{orderID},
		Entry{Account: Issuer, Points: -n},
		Entry{Account: Available, Holder: customerID, Points: n})
}

// ReturnLine gives back the share of one line of an order that lives on; key names the refund and the line.
func ReturnLine(orderID, key, customerID string, n int64) Journal {
	return journal(KindReturn, customerID, orderID, []string{orderID, key},
		Entry{Account: Issuer, Points: -n},
		Entry{Account: Available, Holder: customerID, Points: n})
}

// Sum is zero, or the journal is wrong.
func (j Journal) Sum() int64 {
	var sum int64
	for _, e := range j.Entries {
		sum += e.Points
	}
	return sum
}

// Apply adds to the balance the journal's entries that are its customer's.
func (b *Balance) Apply(j Journal) {
	for _, e := range j.Entries {
		switch e.Account {
		case Pending:
			b.Pending += e.Points
		case Available:
			b.Available += e.Points
		case Held:
			b.Held += e.Points
		case Campaign, Issuer: // ours
		}
	}
}

// journal leaves out entries that move nothing.
func journal(kind Kind, customerID, orderID string, key []string, entries ...Entry) Journal {
	j := Journal{
		ID:   id.Derive("pts", append([]string{string(kind)}, key...)...),
		Kind: kind, CustomerID: customerID, OrderID: orderID,
	}
	for _, e := range entries {
		if e.Points == 0 {
			continue
		}
		e.JournalID = j.ID
		j.Entries = append(j.Entries, e)
		if e.Account == Pending || e.Account == Available {
			j.Points += e.Points
		}
	}
	return j
}

func (j Journal) check() error {
	if sum := j.Sum(); sum != 0 || len(j.Entries) < 2 {
		return fmt.Errorf("journal %s %s: %d entries sum to %d", j.Kind, j.ID, len(j.Entries), sum)
	}
	return nil
}
