package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/coupon"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/request"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// needs are the rows that a transaction is going to ask for, as far as that is known beforehand. They are read together,
// one read a table, however many callers share the transaction.
type needs struct {
	orders   []string
	groups   []string
	seats    []group.SeatKey
	slots    []string // users
	stocks   []string // SKUs
	claims   []stock.ClaimKey
	buyers   []order.Buyer
	carts    []order.Cart
	requests []request.Key
	coupons  []string
	uses     []coupon.Customer
}

// and answers both needs together.
func (n needs) and(m needs) needs {
	return needs{
		orders: append(n.orders, m.orders...), groups: append(n.groups, m.groups...), seats: append(n.seats, m.seats...),
		slots: append(n.slots, m.slots...), stocks: append(n.stocks, m.stocks...), claims: append(n.claims, m.claims...),
		buyers: append(n.buyers, m.buyers...), carts: append(n.carts, m.carts...), requests: append(n.requests, m.requests...),
		coupons: append(n.coupons, m.coupons...), uses: append(n.uses, m.uses...),
	}
}

// rows is how many they are.
func (n needs) rows() int {
	return len(n.orders) + len(n.groups) + len(n.seats) + len(n.slots) + len(n.stocks) + len(n.claims) + len(n.buyers) + len(n.carts) +
		len(n.requests) + len(n.coupons) + len(n.uses)
}

// needsOf are the rows that belong to an order: itself, its group and seat, its claims and the counts that they are on.
func needsOf(o *order.Order) needs {
	n := needs{orders: []string{o.OrderID}}
	if !o.Solo() {
		n.groups = []string{o.GroupID}
		n.seats = []group.SeatKey{{GroupID: o.GroupID, UserID: o.CustomerID}}
		n.slots = []string{o.CustomerID}
	}
	if o.CouponCode != "" {
		n.coupons = []string{o.CouponCode}
		n.uses = []coupon.Customer{{Code: o.CouponCode, CustomerID: o.CustomerID}}
	}
	for _, l := range o.Lines.V {
		n.stocks = append(n.stocks, l.SKU)
		n.claims = append(n.claims, stock.ClaimKey{OrderID: o.OrderID, SKU: l.SKU})
	}
	return n
}

// load reads those of the rows needed that are not known yet.
func (w *work) load(n needs) error {
	if w.below != nil {
		return w.below.load(n)
	}
	for _, err := range []error{
		fetch(w, w.requests, n.requests, request.ReadAll), fetch(w, w.orders, n.orders, order.ReadAll),
		fetch(w, w.groups, n.groups, group.ReadAll), fetch(w, w.seats, n.seats, group.Members),
		fetch(w, w.slots, n.slots, group.SlotsOf), fetch(w, w.histories, n.buyers, order.Histories),
		fetch(w, w.carts, n.carts, order.OfCarts), fetch(w, w.claims, n.claims, stock.Claims),
		fetch(w, w.stocks, n.stocks, stock.Read), fetch(w, w.coupons, n.coupons, coupon.ReadAll),
		fetch(w, w.uses, n.uses, coupon.UsesOf),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func fetch[K comparable, V any](w *work, s *shelf[K, V], keys []K, read func(context.Context, spandb.Reader, []K) (map[K]*V, error)) error {
	keys = s.unknown(keys)
	if len(keys) == 0 {
		return nil
	}
	rows, err := read(w.ctx, w.tx, keys)
	if err != nil {
		return err
	}
	s.learn(keys, rows)
	return nil
}

// order answers an order of this transaction. NOT_FOUND when there is none.
func (w *work) order(id string) (*order.Order, error) {
	return row(w, w.orders, id, needs{orders: []string{id}})
}

// group answers a group of this transaction. NOT_FOUND when there is none.
func (w *work) group(id string) (*group.Group, error) {
	return row(w, w.groups, id, needs{groups: []string{id}})
}

func row[K comparable, V any](w *work, s *shelf[K, V], key K, n needs) (*V, error) {
	if err := w.load(n); err != nil {
		return nil, err
	}
	if found, _ := s.get(key); found != nil {
		return found, nil
	}
	return nil, fault.New(fault.NotFound)
}

// seat answers the group and the seat that an order belongs to. The seat is nil when it has passed to another order.
func (w *work) seat(o *order.Order) (*group.Group, *group.Member, error) {
	if err := w.load(needsOf(o)); err != nil {
		return nil, nil, err
	}
	g, err := w.group(o.GroupID)
	if err != nil {
		return nil, nil, err
	}
	m, _ := w.seats.get(group.SeatKey{GroupID: o.GroupID, UserID: o.CustomerID})
	if m == nil || m.OrderID != o.OrderID {
		return g, nil, nil
	}
	return g, m, nil
}

// slotsOf answers a user's open memberships.
func (w *work) slotsOf(user string) (group.Slots, error) {
	if err := w.load(needs{slots: []string{user}}); err != nil {
		return nil, err
	}
	slots, _ := w.slots.get(user)
	return *slots, nil
}

// takeSlot gives a user's slot in a campaign to an order.
func (w *work) takeSlot(slot group.Slot) error {
	slots, err := w.slotsOf(slot.UserID)
	if err != nil {
		return err
	}
	slots = slots.With(slot)
	w.slots.rows[slot.UserID] = &slots
	return w.add(slot.Write())
}

// freeSlot frees a user's slot in a campaign. Nobody has to have read it.
func (w *work) freeSlot(user, campaign string) error {
	if slots, known := w.slots.get(user); known {
		left := slots.Without(campaign)
		w.slots.rows[user] = &left
	}
	return w.add(group.FreeSlot(user, campaign), nil)
}

// reserved answers an order's claims with the counts that they are on.
func (w *work) reserved(o *order.Order) ([]claimed, error) {
	if err := w.load(needsOf(o)); err != nil {
		return nil, err
	}
	var all []claimed
	for _, l := range o.Lines.V {
		claim, _ := w.claims.get(stock.ClaimKey{OrderID: o.OrderID, SKU: l.SKU})
		count, _ := w.stocks.get(l.SKU)
		if claim != nil && count != nil {
			all = append(all, claimed{claim, count})
		}
	}
	return all, nil
}

// claimed is a claim with the count that it is on.
type claimed struct {
	claim *stock.Reservation
	count *stock.Stock
}
