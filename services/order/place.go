package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/request"
)

const (
	holdFor     = 10 * time.Minute // how long seat and stock wait for the payment
	freshFor    = 2 * time.Minute  // how long a checkout may take until its order is placed; reward lets go of its points after that
	openGroups  = 5                // most open memberships of one user
	maxTimeouts = 2                // unpaid holds after which a campaign is closed to a user
)

// place is the first transaction of a checkout: request, seat, stock and order together, or nothing. A refusal of it
// leaves its request row and nothing else.
func (s *server) place(ctx context.Context, r request.Request, q quote, began time.Time) (string, error) {
	var orderID string
	var refused *fault.Error
	err := s.update(ctx, "checkout", func(w *work) error {
		orderID, refused = "", nil
		if time.Since(began) > freshFor {
			return fault.New(fault.Overloaded)
		}
		prior, seen, err := r.Seen(w.ctx, w.tx)
		if err != nil || seen {
			orderID = prior.OrderID
			return err
		}
		o := *q.order
		o.Lines.V = append([]order.Line(nil), o.Lines.V...)
		err = w.place(&o, q)
		if refused = kept(err); refused != nil {
			w.forget()
			return w.add(r.Refused(refused, w.now))
		}
		if err != nil {
			return err
		}
		orderID = o.OrderID
		return w.add(r.Made(o.OrderID, w.now))
	})
	if err == nil && refused != nil {
		return "", refused
	}
	return orderID, err
}

// kept answers the refusal in an error if its request is refused for good: repeats are answered alike. Nil otherwise.
func kept(err error) *fault.Error {
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Code() == connect.CodeFailedPrecondition {
		return refused
	}
	return nil
}

// place takes the seat and the stock and makes the order.
func (w *work) place(o *order.Order, q quote) error {
	holdEnd := w.now.Add(holdFor)
	if o.Solo() {
		if err := w.cartUnbought(o); err != nil {
			return err
		}
	} else {
		if err := w.admit(o, q); err != nil {
			return err
		}
		g, err := w.takeSeat(o, q)
		if err != nil {
			return err
		}
		if g.Deadline.Valid && g.GraceEnd().Before(holdEnd) {
			holdEnd = g.GraceEnd()
		}
	}
	if err := w.reserve(o); err != nil {
		return err
	}
	w.orders[o.OrderID] = o
	o.Place(holdEnd, w.now)
	return nil
}

// cartUnbought refuses a second order of one version of a cart.
func (w *work) cartUnbought(o *order.Order) error {
	bought, err := order.OfCart(w.ctx, w.tx, o.CustomerID, o.CartVersion)
	if err != nil || bought == "" {
		return err
	}
	return fault.New(fault.CartChanged, "order_id", bought)
}

// admit holds a group order against the limits of its customer.
func (w *work) admit(o *order.Order, q quote) error {
	slot, taken, err := group.ReadSlot(w.ctx, w.tx, o.CustomerID, o.CampaignID)
	if err != nil {
		return err
	}
	var last *order.Order
	if taken {
		if last, err = w.vacated(slot); err != nil {
			return err
		}
	}
	open, err := group.OpenSlots(w.ctx, w.tx, o.CustomerID)
	if err != nil {
		return err
	}
	if open >= openGroups && !taken {
		return limit(openGroups)
	}
	past, err := order.HistoryOf(w.ctx, w.tx, o.CustomerID, o.CampaignID, last)
	if err != nil {
		return err
	}
	if past.Timeouts >= maxTimeouts {
		return limit(maxTimeouts)
	}
	if most := q.perCustomer; past.Units+o.Lines.V[0].Quantity > most {
		return limit(most)
	}
	return nil
}

// vacated refuses a user who already has an open membership in the campaign. One whose group is decided is carried to its
// order first, which is answered, and frees the slot.
func (w *work) vacated(slot group.Slot) (*order.Order, error) {
	g, err := w.group(slot.GroupID)
	if err != nil {
		return nil, err
	}
	g.Due(w.now)
	if !g.Decided() {
		return nil, fault.New(fault.AlreadyJoined, "order_id", slot.OrderID)
	}
	o, err := w.order(slot.OrderID)
	if err != nil {
		return nil, err
	}
	_, m, err := w.seat(o)
	if err != nil || m == nil {
		return o, err
	}
	return o, w.carry(g, m)
}

// takeSeat starts the group, or joins it.
func (w *work) takeSeat(o *order.Order, q quote) (*group.Group, error) {
	key := [2]string{o.GroupID, o.CustomerID}
	if q.rules != nil {
		g := group.Start(o.GroupID, o.CampaignID, o.CustomerID, *q.rules, w.now)
		w.groups[g.GroupID] = g
		w.members[key] = group.Hold(g.GroupID, o.CustomerID, o.OrderID, w.now)
		return g, w.add(slotOf(o).Write())
	}
	g, err := w.group(o.GroupID)
	if err != nil {
		return nil, err
	}
	if err := g.Join(o.CustomerID, w.now); err != nil {
		return nil, err
	}
	w.members[key] = group.Hold(g.GroupID, o.CustomerID, o.OrderID, w.now)
	return g, w.add(slotOf(o).Write())
}

// reserve claims the stock of every line.
func (w *work) reserve(o *order.Order) error {
	var skus []string
	for _, l := range o.Lines.V {
		skus = append(skus, l.SKU)
	}
	if err := w.readStock(skus); err != nil {
		return err
	}
	for _, l := range o.Lines.V {
		count := w.stocks[l.SKU]
		if count == nil {
			return fault.New(fault.SoldOut, "sku", l.SKU)
		}
		claim, err := count.Reserve(o.OrderID, l.Quantity, w.now)
		if err != nil {
			return err
		}
		w.claims[o.OrderID] = append(w.claims[o.OrderID], claim)
	}
	return nil
}

func slotOf(o *order.Order) group.Slot {
	return group.Slot{UserID: o.CustomerID, CampaignID: o.CampaignID, GroupID: o.GroupID, OrderID: o.OrderID}
}

func limit(n int64) error { return fault.New(fault.LimitReached, "limit", strconv.FormatInt(n, 10)) }
