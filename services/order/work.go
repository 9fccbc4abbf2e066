package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/coupon"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/request"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// work is what one transaction has read and is going to write. Each row is read once and held here, so that everything
// that a transaction does to a group or an order meets the same one. A verb only moves nouns: what they have gone through
// becomes audit rows, events and tasks (tell), and rows (flush).
type work struct {
	ctx context.Context // of whoever asked for this: it names the cause and carries the trace
	tx  *spanner.ReadWriteTransaction
	out *outbox.Batch
	now time.Time // the database's

	below     *work // the batch that this is an item of; nil for the transaction itself
	orders    *shelf[string, order.Order]
	groups    *shelf[string, group.Group]
	seats     *shelf[group.SeatKey, group.Member]
	slots     *shelf[string, group.Slots] // by user
	stocks    *shelf[string, stock.Stock]
	claims    *shelf[stock.ClaimKey, stock.Reservation]
	histories *shelf[order.Buyer, order.History]
	carts     *shelf[order.Cart, string] // ids of the orders that bought them
	requests  *shelf[request.Key, request.Request]
	coupons   *shelf[string, coupon.Coupon]
	uses      *shelf[coupon.Customer, coupon.Uses]
	more      []*spanner.Mutation // rows that nobody reads here
	late      []lateness          // what the clock demanded and this has done
	steps     []counted           // what orders and groups went through, to be counted
}

func newWork(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) *work {
	return &work{
		ctx: ctx, tx: tx, out: out,
		orders: newShelf[string, order.Order](nil), groups: newShelf[string, group.Group](nil),
		seats: newShelf[group.SeatKey, group.Member](nil), slots: newShelf[string, group.Slots](nil),
		stocks: newShelf[string, stock.Stock](nil), claims: newShelf[stock.ClaimKey, stock.Reservation](nil),
		histories: newShelf[order.Buyer, order.History](nil), carts: newShelf[order.Cart, string](nil),
		requests: newShelf[request.Key, request.Request](nil), coupons: newShelf[string, coupon.Coupon](nil),
		uses: newShelf[coupon.Customer, coupon.Uses](nil),
	}
}

// item is work on a part of this one that can be dropped: keep takes it in.
func (w *work) item(ctx context.Context) *work {
	return &work{
		ctx: ctx, tx: w.tx, out: w.out, now: w.now, below: w,
		orders: newShelf(w.orders), groups: newShelf(w.groups), seats: newShelf(w.seats), slots: newShelf(w.slots),
		stocks: newShelf(w.stocks), claims: newShelf(w.claims), histories: newShelf(w.histories), carts: newShelf(w.carts),
		requests: newShelf(w.requests), coupons: newShelf(w.coupons), uses: newShelf(w.uses),
	}
}

// keep tells what this item has brought about and puts its rows into the work below.
func (w *work) keep() error {
	if err := w.tell(); err != nil {
		return err
	}
	for _, s := range []interface{ keep() }{w.orders, w.groups, w.seats, w.slots, w.stocks, w.claims, w.histories, w.carts, w.requests, w.coupons, w.uses} {
		s.keep()
	}
	w.below.more = append(w.below.more, w.more...)
	w.below.late = append(w.below.late, w.late...)
	w.below.steps = append(w.below.steps, w.steps...)
	return nil
}

// update runs fn in a transaction of its own and writes what it has changed. fn runs again when the transaction is
// aborted, each time on a fresh work.
func (s *server) update(ctx context.Context, tag string, n needs, fn func(w *work) error) error {
	return s.hot.do(ctx, "", tag, n, fn)
}

// transact opens the transaction, reads what is needed, runs fn and writes.
func (s *server) transact(ctx context.Context, tag string, n needs, fn func(w *work) error) error {
	var decided []string
	var late []lateness
	var steps []counted
	_, err := s.out.Update(ctx, tag, func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		w := newWork(ctx, tx, out)
		var err error
		if w.now, err = spandb.Now(ctx, tx, s.clock); err != nil {
			return err
		}
		if err := w.load(n); err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		decided, late, steps = w.decided(), w.late, w.steps
		return w.flush()
	})
	if err != nil {
		return err
	}
	s.meters.committed(ctx, late, steps)
	for _, id := range decided {
		s.fanOutSoon(ctx, id)
	}
	return nil
}

// decided answers the groups whose outcome this transaction has decided.
func (w *work) decided() []string {
	var ids []string
	for id, g := range w.groups.rows {
		if g != nil && g.Changed() && g.FanOutShard.Valid {
			ids = append(ids, id)
		}
	}
	return ids
}
