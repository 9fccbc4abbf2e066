package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// work is what one transaction has read and is going to write. Each row is read once and held here, so that everything a
// transaction does to a group or an order meets the same one; flush writes what has changed, and derives from each
// transition its audit row, its event and its tasks. A verb therefore only moves nouns.
type work struct {
	ctx context.Context
	tx  *spanner.ReadWriteTransaction
	out *outbox.Batch
	now time.Time // the database's

	orders  map[string]*order.Order
	groups  map[string]*group.Group
	members map[[2]string]*group.Member // by group and user
	stocks  map[string]*stock.Stock
	claims  map[string][]*stock.Reservation // by order
	more    []*spanner.Mutation
}

// update runs fn in one transaction and writes what it has changed. fn runs again when the transaction is aborted, each
// time on a fresh work.
func (s *server) update(ctx context.Context, tag string, fn func(w *work) error) error {
	var decided []string
	_, err := s.out.Update(ctx, tag, func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		w := &work{ctx: ctx, tx: tx, out: out}
		w.forget()
		var err error
		if w.now, err = spandb.Now(ctx, tx, s.clock); err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		decided = w.decided()
		return w.flush()
	})
	if err != nil {
		return err
	}
	for _, id := range decided {
		s.fanOutSoon(ctx, id)
	}
	return nil
}

// forget drops everything read and changed.
func (w *work) forget() {
	w.orders = map[string]*order.Order{}
	w.groups = map[string]*group.Group{}
	w.members = map[[2]string]*group.Member{}
	w.stocks = map[string]*stock.Stock{}
	w.claims = map[string][]*stock.Reservation{}
	w.more = nil
}

// order answers an order of this transaction. NOT_FOUND when there is none.
func (w *work) order(id string) (*order.Order, error) {
	if o := w.orders[id]; o != nil {
		return o, nil
	}
	o, ok, err := order.Read(w.ctx, w.tx, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	w.orders[id] = o
	return o, nil
}

// group answers a group of this transaction. NOT_FOUND when there is none.
func (w *work) group(id string) (*group.Group, error) {
	if g := w.groups[id]; g != nil {
		return g, nil
	}
	g, ok, err := group.Read(w.ctx, w.tx, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	w.groups[id] = g
	return g, nil
}

// seat answers the group and the seat that an order belongs to. The seat is nil when it has passed to another order.
func (w *work) seat(o *order.Order) (*group.Group, *group.Member, error) {
	g, err := w.group(o.GroupID)
	if err != nil {
		return nil, nil, err
	}
	key := [2]string{o.GroupID, o.CustomerID}
	m := w.members[key]
	if m == nil {
		var ok bool
		if m, ok, err = group.ReadMember(w.ctx, w.tx, o.GroupID, o.CustomerID); err != nil || !ok {
			return g, nil, err
		}
		w.members[key] = m
	}
	if m.OrderID != o.OrderID {
		return g, nil, nil
	}
	return g, m, nil
}

// reserved answers an order's claims, and reads the counts that they are on.
func (w *work) reserved(o *order.Order) ([]*stock.Reservation, error) {
	if _, ok := w.claims[o.OrderID]; !ok {
		if err := w.readClaims([]string{o.OrderID}); err != nil {
			return nil, err
		}
	}
	return w.claims[o.OrderID], nil
}

// readClaims reads the claims of several orders at once, and the counts that they are on.
func (w *work) readClaims(orderIDs []string) error {
	claims, err := stock.Reservations(w.ctx, w.tx, orderIDs...)
	if err != nil {
		return err
	}
	var skus []string
	for _, c := range claims {
		w.claims[c.OrderID] = append(w.claims[c.OrderID], c)
		skus = append(skus, c.SKU)
	}
	slices.Sort(skus)
	return w.readStock(slices.Compact(skus))
}

// readStock reads the counts of those SKUs that are not read yet.
func (w *work) readStock(skus []string) error {
	skus = slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return w.stocks[sku] != nil })
	if len(skus) == 0 {
		return nil
	}
	read, err := stock.Read(w.ctx, w.tx, skus...)
	maps.Copy(w.stocks, read)
	return err
}

// add puts a mutation beside those of the nouns.
func (w *work) add(m *spanner.Mutation, err error) error {
	w.more = append(w.more, m)
	return err
}

// decided answers the groups whose outcome this transaction has decided.
func (w *work) decided() []string {
	var ids []string
	for id, g := range w.groups {
		if len(g.Trail()) > 0 && g.FanOutShard.Valid {
			ids = append(ids, id)
		}
	}
	return ids
}
