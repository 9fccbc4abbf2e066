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
// leaves its request row and nothing else. A request that was answered before is answered alike.
func (s *server) place(ctx context.Context, r request.Request, q quote, began time.Time) (*order.Order, error) {
	var made *order.Order // this and the others are read only when do has answered without an error: before, they are the transaction's
	var before string
	var refused *fault.Error
	err := s.hot.do(ctx, q.lane(), "checkout", q.needs(r), func(w *work) error {
		made, before, refused = nil, "", nil
		if time.Since(began) > freshFor {
			return fault.New(fault.Overloaded)
		}
		if prior, _ := w.requests.get(r.Key()); prior != nil {
			var err error
			before, err = prior.Answer(r.Fingerprint)
			return err
		}
		if made, _ = w.orders.get(q.order.OrderID); made != nil { // its request is forgotten, the order is not
			return nil
		}
		o := *q.order
		try := w.item(w.ctx)
		err := try.place(&o, q)
		if refused = kept(err); refused != nil {
			return w.answer(r.Refused(refused, w.now))
		}
		if err != nil {
			return err
		}
		made = &o
		return errors.Join(try.keep(), w.answer(r.Made(o.OrderID, w.now)))
	})
	switch {
	case err != nil:
		return nil, err
	case refused != nil:
		return nil, refused
	case made == nil:
		return s.known(ctx, before)
	}
	return made, nil
}

// answer remembers what a request was answered.
func (w *work) answer(r *request.Request) error {
	w.requests.rows[r.Key()] = r
	return w.add(r.Write())
}

// lane is the hot row that the order goes for: the group that it joins, the campaign on which it starts one, the one SKU
// that it buys alone. Carts of several SKUs have none.
func (q quote) lane() string {
	switch {
	case q.rules != nil:
		return "campaign/" + q.order.CampaignID
	case !q.order.Solo():
		return "group/" + q.order.GroupID
	case len(q.order.Lines.V) == 1:
		return "sku/" + q.order.Lines.V[0].SKU
	}
	return ""
}

// needs are the rows that decide the order.
func (q quote) needs(r request.Request) needs {
	n := needsOf(q.order)
	n.requests = []request.Key{r.Key()}
	if q.order.Solo() {
		n.carts = []order.Cart{cartOf(q.order)}
	} else {
		n.buyers = []order.Buyer{{CustomerID: q.order.CustomerID, CampaignID: q.order.CampaignID}}
	}
	return n
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
		if err := w.buyCart(o); err != nil {
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
	if err := w.holdCoupon(o); err != nil {
		return err
	}
	w.orders.rows[o.OrderID] = o
	o.Place(holdEnd, w.now)
	return nil
}

// buyCart refuses a second order of one version of a cart.
func (w *work) buyCart(o *order.Order) error {
	if bought, _ := w.carts.get(cartOf(o)); bought != nil {
		return fault.New(fault.CartChanged, "order_id", *bought)
	}
	w.carts.rows[cartOf(o)] = &o.OrderID
	return nil
}

// admit holds a group order against the limits of its customer, and counts it among what the customer has done.
func (w *work) admit(o *order.Order, q quote) error {
	slots, err := w.slotsOf(o.CustomerID)
	if err != nil {
		return err
	}
	if slot, taken := slots.In(o.CampaignID); taken {
		if err := w.vacated(slot); err != nil {
			return err
		}
	} else if len(slots) >= openGroups {
		return limit(openGroups)
	}
	past, _ := w.histories.get(order.Buyer{CustomerID: o.CustomerID, CampaignID: o.CampaignID})
	if past.Timeouts >= maxTimeouts {
		return limit(maxTimeouts)
	}
	past.Units += o.Lines.V[0].Quantity
	if past.Units > q.perCustomer {
		return limit(q.perCustomer)
	}
	return nil
}

// vacated refuses a user who already has an open membership in the campaign. One whose group is decided is carried to its
// order first, and frees the slot.
func (w *work) vacated(slot group.Slot) error {
	g, err := w.group(slot.GroupID)
	if err != nil {
		return err
	}
	g.Due(w.now)
	if !g.Decided() {
		return fault.New(fault.AlreadyJoined, "order_id", slot.OrderID)
	}
	o, err := w.order(slot.OrderID)
	if err != nil {
		return err
	}
	_, m, err := w.seat(o)
	if err != nil || m == nil {
		return err
	}
	return w.carry(g, m)
}

// takeSeat starts the group, or joins it.
func (w *work) takeSeat(o *order.Order, q quote) (*group.Group, error) {
	g, err := w.joined(o, q)
	if err != nil {
		return nil, err
	}
	m := group.Hold(o.GroupID, o.CustomerID, o.OrderID, w.now)
	w.seats.rows[m.Key()] = m
	return g, w.takeSlot(group.Slot{UserID: o.CustomerID, CampaignID: o.CampaignID, GroupID: o.GroupID, OrderID: o.OrderID})
}

func (w *work) joined(o *order.Order, q quote) (*group.Group, error) {
	if q.rules != nil {
		g := group.Start(o.GroupID, o.CampaignID, o.CustomerID, *q.rules, w.now)
		w.groups.rows[g.GroupID] = g
		return g, nil
	}
	g, err := w.group(o.GroupID)
	if err != nil {
		return nil, err
	}
	return g, g.Join(o.CustomerID, w.now)
}

// reserve claims the stock of every line.
func (w *work) reserve(o *order.Order) error {
	for _, l := range o.Lines.V {
		count, _ := w.stocks.get(l.SKU)
		if count == nil {
			return fault.New(fault.SoldOut, "sku", l.SKU)
		}
		claim, err := count.Reserve(o.OrderID, l.Quantity, w.now)
		if err != nil {
			return err
		}
		w.claims.rows[claim.Key()] = claim
	}
	return nil
}

func cartOf(o *order.Order) order.Cart {
	return order.Cart{CustomerID: o.CustomerID, Version: o.CartVersion}
}

func limit(n int64) error { return fault.New(fault.LimitReached, "limit", strconv.FormatInt(n, 10)) }
