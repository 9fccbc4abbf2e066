package order

import (
	"time"

	"cloud.google.com/go/spanner"
)

// Refund is what goes back for lines of a living order.
type Refund struct {
	RefundID string
	Lines    []RefundLine
	Money    int64
	Points   int64
	Reason   string // for the books: UNSHIPPED or RETURN; not stored
	At       time.Time
}

// RefundLine is one row of RefundLines.
type RefundLine struct {
	OrderID  string    `spanner:"OrderId"`
	RefundID string    `spanner:"RefundId"`
	Line     int64     `spanner:"Line"`
	SKU      string    `spanner:"Sku"`
	Quantity int64     `spanner:"Quantity"`
	Money    int64     `spanner:"Money"`
	Points   int64     `spanner:"Points"`
	At       time.Time `spanner:"MadeAt"`
}

// refund works out what goes back for parts that were just taken off the lines: the difference of what had gone back for
// each line before and what goes back after, so that nothing is lost or given twice by rounding.
func (o *Order) refund(id string, before []Line, parts []Part, now time.Time) *Refund {
	r := &Refund{RefundID: id, At: now}
	for _, p := range parts {
		old, l := before[p.Line-1], o.Lines.V[p.Line-1]
		line := RefundLine{
			OrderID: o.OrderID, RefundID: id, Line: p.Line, SKU: l.SKU, Quantity: p.Quantity, At: now,
			Money:  l.backFor(l.gone(), l.paid()) - old.backFor(old.gone(), old.paid()),
			Points: l.backFor(l.gone(), l.Points) - old.backFor(old.gone(), old.Points),
		}
		r.Lines = append(r.Lines, line)
		r.Money += line.Money
		r.Points += line.Points
	}
	return r
}

// paid is what was paid for the line in money; the coupon's share is neither paid nor given back.
func (l Line) paid() int64 { return l.UnitPrice*l.Quantity - l.Discount }

// gone is how many units are cancelled or came back.
func (l Line) gone() int64 { return l.Cancelled + l.Returned }

// backFor is how much of an amount belongs to so many of the line's units, rounded down; for all units it is all of it.
func (l Line) backFor(units, amount int64) int64 {
	return amount/l.Quantity*units + amount%l.Quantity*units/l.Quantity
}

// Write returns the mutations that store the refund.
func (r *Refund) Write() ([]*spanner.Mutation, error) {
	rows := make([]*spanner.Mutation, 0, len(r.Lines))
	for i := range r.Lines {
		m, err := spanner.InsertStruct("RefundLines", &r.Lines[i])
		if err != nil {
			return nil, err
		}
		rows = append(rows, m)
	}
	return rows, nil
}
