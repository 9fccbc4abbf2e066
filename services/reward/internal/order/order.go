// Package order holds what reward has heard of orders, which belong to the order service. Events come at least once and in
// any order, so the first to arrive leaves its mark here and decides what later ones may still do: CANCELLED beats PAID
// and COMPLETED; an order earns once, when it is first heard of as PAID.
package order

import "time"

// State is the last that was heard.
type State string

// The states, as stored. Unheard is no row.
const (
	Unheard   State = ""
	Paid      State = "PAID"
	Completed State = "COMPLETED"
	Cancelled State = "CANCELLED"
)

// Order is what was heard of one order.
type Order struct {
	ID         string    `spanner:"OrderId"`
	CustomerID string    `spanner:"CustomerId"`
	State      State     `spanner:"State"`
	UpdatedAt  time.Time `spanner:"UpdatedAt"`
}
