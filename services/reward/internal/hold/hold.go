// Package hold holds what is true of points set aside for an order: they are HELD once per order, then either RELEASED or
// COMMITTED, and what was committed may be RETURNED, in parts while the order lives on, or whole. A released hold may be taken again by a repeat of the same checkout;
// each such round has its own number, so that its journals have ids of their own.
package hold

import "time"

// State is where a hold stands.
type State string

// The states, as stored.
const (
	Held      State = "HELD"
	Released  State = "RELEASED"
	Committed State = "COMMITTED"
	Returned  State = "RETURNED"
)

// A checkout decides within two minutes whether its order exists; order is asked then. A hold that was kept is looked at
// again each hour, in case the event that ends it was lost.
const (
	FirstCheck = 2 * time.Minute
	NextCheck  = time.Hour
)

// Hold is what one order has set aside or spent.
type Hold struct {
	OrderID    string     `spanner:"OrderId"`
	CustomerID string     `spanner:"CustomerId"`
	Points     int64      `spanner:"Points"`
	State      State      `spanner:"State"`
	Round      int64      `spanner:"Round"`
	CheckAt    *time.Time `spanner:"CheckAt"`  // while HELD
	Returned   int64      `spanner:"Returned"` // of what was committed, for lines that were cancelled or came back
}

// Take starts a round: the first, or another after a release.
func (h *Hold) Take(customerID string, n int64, now time.Time) {
	h.CustomerID, h.Points, h.State = customerID, n, Held
	h.Round++
	h.Keep(now.Add(FirstCheck))
}

// Keep leaves the points set aside and names the next time to ask.
func (h *Hold) Keep(next time.Time) { h.CheckAt = &next }

// Left is what was spent and has not been given back.
func (h Hold) Left() int64 {
	if h.State != Committed {
		return 0
	}
	return h.Points - h.Returned
}

// End leaves HELD, or COMMITTED for RETURNED.
func (h *Hold) End(to State) { h.State, h.CheckAt = to, nil }
