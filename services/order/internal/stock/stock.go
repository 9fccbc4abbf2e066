// Package stock is what is true of units: how many of a SKU are on hand, how many of them are reserved, and whose they
// are. 0 ≤ reserved ≤ on hand holds for every row, by rule here and by constraint in the store; every change of what is
// on hand has a move row, and the moves sum up to it.
package stock

import (
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// Stock is one row of Stock: the count of one SKU.
type Stock struct {
	SKU        string    `spanner:"Sku"`
	MerchantID string    `spanner:"MerchantId"`
	OnHand     int64     `spanner:"OnHand"`
	Reserved   int64     `spanner:"Reserved"`
	Sequence   int64     `spanner:"Sequence"`
	Moves      int64     `spanner:"Moves"`
	UpdatedAt  time.Time `spanner:"UpdatedAt"`
	Missing    int64     `spanner:"Missing"`
	Told

	moves   []Move
	changed bool
}

// Changed says whether the row has to be written.
func (s *Stock) Changed() bool { return s.changed }

// Move is one row of StockMoves: a change of what is on hand.
type Move struct {
	SKU     string    `spanner:"Sku"`
	Move    int64     `spanner:"Move"`
	Delta   int64     `spanner:"Delta"`
	Reason  string    `spanner:"Reason"`
	OrderID string    `spanner:"OrderId"`
	Actor   string    `spanner:"Actor"`
	Note    string    `spanner:"Note"`
	At      time.Time `spanner:"MadeAt"`
}

// ReservationState is where a claim stands.
type ReservationState string

// The states of a reservation.
const (
	Held      ReservationState = "HELD"
	Confirmed ReservationState = "CONFIRMED"
	Consumed  ReservationState = "CONSUMED"
	Released  ReservationState = "RELEASED"
	Restocked ReservationState = "RESTOCKED"
)

// Reservation is one row of Reservations: an order's claim on a SKU.
type Reservation struct {
	OrderID   string           `spanner:"OrderId"`
	SKU       string           `spanner:"Sku"`
	Quantity  int64            `spanner:"Quantity"`
	State     ReservationState `spanner:"State"`
	UpdatedAt time.Time        `spanner:"UpdatedAt"`
	Restocked int64            `spanner:"Restocked"`

	changed bool
}

// Key names the claim.
func (r *Reservation) Key() ClaimKey { return ClaimKey{r.OrderID, r.SKU} }

// Changed says whether the row has to be written.
func (r *Reservation) Changed() bool { return r.changed }

func (r *Reservation) move(to ReservationState, now time.Time) {
	r.State, r.UpdatedAt, r.changed = to, now, true
}

// Set makes what is on hand the absolute count given, for a feed in which each SKU's counts are numbered. A number not
// above the last one changes nothing. STOCK_RESERVED when the count would fall below what is reserved.
func (s *Stock) Set(onHand, sequence int64, actor, note string, now time.Time) error {
	return s.feed(sequence, onHand-s.OnHand, "SET", actor, note, now)
}

// Adjust changes what is on hand by a difference, numbered in the same feed. STOCK_RESERVED as for Set.
func (s *Stock) Adjust(delta, sequence int64, actor, note string, now time.Time) error {
	return s.feed(sequence, delta, "ADJUSTED", actor, note, now)
}

func (s *Stock) feed(sequence, delta int64, reason, actor, note string, now time.Time) error {
	if sequence <= s.Sequence {
		return nil
	}
	if delta < 0 && s.Free()+delta < 0 {
		return fault.New(fault.StockReserved, "sku", s.SKU, "reserved", strconv.FormatInt(s.Reserved+s.Missing, 10))
	}
	s.Sequence = sequence
	s.touch(now)
	if delta != 0 {
		s.move(Move{Delta: delta, Reason: reason, Actor: actor, Note: note, At: now})
	}
	return nil
}

// Free is how many units can be sold; below 0 while a shortage is being made good.
func (s *Stock) Free() int64 { return s.OnHand - s.Reserved - s.Missing }

// Miss takes units out of sale that are not there although they are counted.
func (s *Stock) Miss(units int64, now time.Time) {
	s.Missing += units
	s.touch(now)
}

// Short says whether more is reserved than is left without missing units.
func (s *Stock) Short(missing int64) bool { return s.OnHand-missing < s.Reserved }

// WriteOff takes missing units off what is on hand, as far as they are not reserved.
func (s *Stock) WriteOff(missing int64, actor, note string, now time.Time) {
	s.Missing -= missing
	s.touch(now)
	if units := min(missing, s.OnHand-s.Reserved); units > 0 {
		s.move(Move{Delta: -units, Reason: "MISSING", Actor: actor, Note: note, At: now})
	}
}

// Reserve claims units for an order. SOLD_OUT when fewer are free.
func (s *Stock) Reserve(order string, quantity int64, now time.Time) (*Reservation, error) {
	if s.Free() < quantity {
		return nil, fault.New(fault.SoldOut, "sku", s.SKU)
	}
	s.Reserved += quantity
	s.touch(now)
	return &Reservation{OrderID: order, SKU: s.SKU, Quantity: quantity, State: Held, UpdatedAt: now, changed: true}, nil
}

// Confirm marks a held claim as paid for; any other stays as it is. The count is the same.
func (r *Reservation) Confirm(now time.Time) {
	if r.State == Held {
		r.move(Confirmed, now)
	}
}

// Consume sells what a confirmed claim holds; any other stays as it is.
func (s *Stock) Consume(r *Reservation, now time.Time) {
	if r.State != Confirmed {
		return
	}
	r.move(Consumed, now)
	s.Reserved -= r.Quantity
	s.move(Move{Delta: -r.Quantity, Reason: "SOLD", OrderID: r.OrderID, At: now})
}

// Return gives a claim back: what was held or confirmed is free again, what was sold is on hand again. A claim given back
// before stays as it is.
func (s *Stock) Return(r *Reservation, now time.Time) {
	switch r.State {
	case Held, Confirmed:
		r.move(Released, now)
		s.Reserved -= r.Quantity
		s.touch(now)
	case Consumed:
		s.Restock(r, r.Quantity-r.Restocked, now)
	}
}

// Restock puts units that were sold on hand again; the claim is RESTOCKED once all of them are. More than are left of the
// claim changes nothing.
func (s *Stock) Restock(r *Reservation, units int64, now time.Time) {
	if r.State != Consumed || units < 1 || r.Restocked+units > r.Quantity {
		return
	}
	r.Restocked += units
	r.move(r.State, now)
	if r.Restocked == r.Quantity {
		r.move(Restocked, now)
	}
	s.move(Move{Delta: units, Reason: "RESTOCKED", OrderID: r.OrderID, At: now})
}

func (s *Stock) move(m Move) {
	s.OnHand += m.Delta
	s.Moves++
	s.touch(m.At)
	m.SKU, m.Move = s.SKU, s.Moves
	s.moves = append(s.moves, m)
}

func (s *Stock) touch(now time.Time) { s.UpdatedAt, s.changed = now, true }
