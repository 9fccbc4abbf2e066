package order

import (
	"slices"
	"strconv"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
)

const (
	// CompleteAfter is how long after its delivery an order completes.
	CompleteAfter = 14 * 24 * time.Hour
	// ReturnFor is how long after its delivery goods of an order can be given back: the shop's own promise. The law leaves
	// the time to the shop and sets 8 days where none is stated (特定商取引法 第15条の3). An order without an open return
	// completes before; then nothing can be given back any more.
	ReturnFor = 30 * 24 * time.Hour
)

// Part is some units of one line of an order.
type Part struct {
	Line     int64 // 1 and up
	Quantity int64
}

// Ship records that a parcel left; the order is SHIPPED once nothing is left to ship. ORDER_STATE when it is neither PAID
// nor PARTLY_SHIPPED, or when fewer units of a line are left to ship.
func (o *Order) Ship(p *Parcel, now time.Time) error {
	if o.State != Paid && o.State != PartlyShipped {
		return o.notNow()
	}
	err := o.change(p.Parts, Line.unshipped, func(l *Line, n int64) { l.Shipped += n })
	if err != nil {
		return err
	}
	o.ParcelsOut++
	o.move(now, o.shippedSoFar(), "order.shipped", "parcel shipped")
	o.trail[len(o.trail)-1].Parcel = p
	return nil
}

// Deliver records that a parcel arrived; the last one of a SHIPPED order makes it DELIVERED.
func (o *Order) Deliver(now time.Time) {
	o.ParcelsOut--
	o.move(now, o.State, "", "parcel delivered")
	o.arrive(now)
}

// CancelLines takes units off the order that will not be shipped, and answers what goes back for them. ORDER_STATE when the
// order is not PARTLY_SHIPPED, or when fewer units of a line are left to ship.
func (o *Order) CancelLines(refundID string, parts []Part, now time.Time) (*Refund, error) {
	if o.State != PartlyShipped {
		return nil, o.notNow()
	}
	before := slices.Clone(o.Lines.V)
	err := o.change(parts, Line.unshipped, func(l *Line, n int64) { l.Cancelled += n })
	if err != nil {
		return nil, err
	}
	r := o.refund(refundID, before, parts, now)
	r.Reason = "UNSHIPPED"
	o.due(r, o.shippedSoFar(), "lines cancelled")
	o.arrive(now)
	return r, nil
}

// OpenReturn sets units aside that the customer wants to give back. ORDER_STATE when the order is neither SHIPPED nor
// DELIVERED, when ReturnFor is over, or when fewer units of a line can be returned.
func (o *Order) OpenReturn(parts []Part, now time.Time) error {
	if o.State != Shipped && o.State != Delivered || o.DeliveredAt.Valid && now.After(o.DeliveredAt.Time.Add(ReturnFor)) {
		return o.notNow()
	}
	err := o.change(parts, Line.returnable, func(l *Line, n int64) { l.Returning += n })
	if err != nil {
		return err
	}
	o.OpenReturns++
	o.move(now, o.State, "", "return requested")
	return nil
}

// DropReturn ends a return without its goods.
func (o *Order) DropReturn(parts []Part, now time.Time) error {
	err := o.change(parts, Line.returning, func(l *Line, n int64) { l.Returning -= n })
	if err != nil {
		return err
	}
	o.OpenReturns--
	o.move(now, o.State, "", "return rejected")
	return nil
}

// TakeBack ends a return whose goods are back, and answers what goes back for them.
func (o *Order) TakeBack(refundID string, parts []Part, now time.Time) (*Refund, error) {
	before := slices.Clone(o.Lines.V)
	err := o.change(parts, Line.returning, func(l *Line, n int64) { l.Returning -= n; l.Returned += n })
	if err != nil {
		return nil, err
	}
	o.OpenReturns--
	r := o.refund(refundID, before, parts, now)
	r.Reason = "RETURN"
	o.due(r, o.State, "return received")
	return r, nil
}

// Complete ends an order that is delivered for long enough. It reports false when it is not, or a return is open.
func (o *Order) Complete(now time.Time) bool {
	if !o.CompleteAt.Valid || now.Before(o.CompleteAt.Time) {
		return false
	}
	o.move(now, Completed, "order.completed", "delivered long enough")
	return true
}

// completion is when the order completes by itself; unset while it will not.
func (o *Order) completion() spanner.NullTime {
	if o.State != Delivered || o.OpenReturns > 0 {
		return spanner.NullTime{}
	}
	return spanner.NullTime{Time: o.DeliveredAt.Time.Add(CompleteAfter), Valid: true}
}

// arrive makes the order DELIVERED when it is all shipped and no parcel is under way.
func (o *Order) arrive(now time.Time) {
	if o.State != Shipped || o.ParcelsOut > 0 {
		return
	}
	o.DeliveredAt = spanner.NullTime{Time: now, Valid: true}
	o.move(now, Delivered, "order.delivered", "last parcel delivered")
}

// due moves the order with what goes back for some of its lines.
func (o *Order) due(r *Refund, to State, why string) {
	o.move(r.At, to, "order.refund_due", why)
	o.trail[len(o.trail)-1].Refund = r
}

func (o *Order) shippedSoFar() State {
	for _, l := range o.Lines.V {
		if l.unshipped() > 0 {
			return PartlyShipped
		}
	}
	return Shipped
}

// Parts are units of the order's lines that a merchant may touch. FIELD_INVALID when a line is named twice or belongs to
// another merchant than the first, NOT_FOUND when there is no such line of the merchant given; empty stands for all.
func (o *Order) Parts(parts []Part, merchant string) (owner string, err error) {
	seen := map[int64]bool{}
	for _, p := range parts {
		if p.Line < 1 || p.Line > int64(len(o.Lines.V)) || merchant != "" && o.Lines.V[p.Line-1].MerchantID != merchant {
			return "", fault.New(fault.NotFound)
		}
		of := o.Lines.V[p.Line-1].MerchantID
		if seen[p.Line] || owner != "" && owner != of {
			return "", fault.Field("lines", "name each line once, and lines of one merchant only")
		}
		seen[p.Line], owner = true, of
	}
	return owner, nil
}

// Concerns says whether a line of the order is the merchant's.
func (o *Order) Concerns(merchant string) bool {
	return slices.ContainsFunc(o.Lines.V, func(l Line) bool { return l.MerchantID == merchant })
}

// change applies parts to a copy of the lines, each within what is left of it.
func (o *Order) change(parts []Part, left func(Line) int64, apply func(*Line, int64)) error {
	lines := slices.Clone(o.Lines.V)
	for _, p := range parts {
		l := &lines[p.Line-1]
		if n := left(*l); p.Quantity > n {
			return fault.New(fault.OrderState, "state", string(o.State), "line", strconv.FormatInt(p.Line, 10), "left", strconv.FormatInt(n, 10))
		}
		apply(l, p.Quantity)
	}
	o.Lines.V = lines
	return nil
}

func (o *Order) notNow() error { return fault.New(fault.OrderState, "state", string(o.State)) }

func (l Line) unshipped() int64  { return l.Quantity - l.Shipped - l.Cancelled }
func (l Line) returnable() int64 { return l.Shipped - l.Returning - l.Returned }
func (l Line) returning() int64  { return l.Returning }
