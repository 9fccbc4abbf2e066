package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/shortage"
)

// makeGood takes the missing units of a shortage off the orders that came last, in as many transactions as it takes, and
// then off what is on hand. It may be stopped, repeated and run twice at once: each transaction looks again how much is
// still short.
func (s *server) makeGood(ctx context.Context, shortageID string) error {
	for {
		short, ok, err := shortage.Read(ctx, s.db.Single(), shortageID)
		if err != nil || !ok || !short.OpenShard.Valid {
			return err
		}
		ctx := because(ctx, short.Reason)
		victims, err := shortage.Victims(ctx, s.db.Single(), short.SKU, int64(s.batch))
		if err != nil {
			return err
		}
		stopped := ""
		err = s.update(ctx, "make_good", needs{stocks: []string{short.SKU}}, func(w *work) (err error) {
			stopped, err = w.takeOff(shortageID, victims)
			return err
		})
		if err != nil {
			return err
		}
		if stopped == "" {
			continue
		}
		if err := s.fanOut(ctx, stopped); err != nil {
			return err
		}
	}
}

// takeOff lets victims lose their units until the shortage fits, and closes it then, or when there is nobody left to lose.
// A group that is stopped is answered: its outcome has to reach its members before it is known what is still short.
func (w *work) takeOff(shortageID string, victims []string) (stopped string, err error) {
	short, ok, err := shortage.Read(w.ctx, w.tx, shortageID)
	if err != nil || !ok || !short.OpenShard.Valid {
		return "", err
	}
	count, _ := w.stocks.get(short.SKU)
	if err := w.readVictims(victims); err != nil {
		return "", err
	}
	for _, id := range victims {
		if !count.Short(short.Missing) {
			break
		}
		if stopped, err = w.lose(id); err != nil || stopped != "" {
			return stopped, err
		}
	}
	if count.Short(short.Missing) && len(victims) > 0 {
		return "", nil
	}
	count.WriteOff(short.Missing, short.Actor, short.Reason, w.now)
	short.Close()
	return "", w.add(short.Write())
}

// readVictims reads at once what belongs to the orders given.
func (w *work) readVictims(ids []string) error {
	n := needs{orders: ids}
	if err := w.load(n); err != nil {
		return err
	}
	for _, id := range ids {
		if o, _ := w.orders.get(id); o != nil {
			n = n.and(needsOf(o))
		}
	}
	return w.load(n)
}

// lose takes an order's units from it: its group is stopped, and answered, while it gathers; otherwise the order is
// cancelled as MERCHANT_SHORTAGE unless it has been shipped or cancelled meanwhile.
func (w *work) lose(orderID string) (stopped string, err error) {
	o, err := w.order(orderID)
	if err != nil || o.Solo() {
		return "", w.loseAlone(o, err)
	}
	g, _, err := w.seat(o)
	if err != nil {
		return "", err
	}
	if !g.Decided() && g.Stop("shortage", w.now) == nil {
		return g.GroupID, nil
	}
	switch o.State {
	case order.PendingPayment:
		return "", w.abandon(o, order.MerchantShortage, group.MemberTimedOut)
	case order.AwaitingGroup:
		if done, err := w.takeOut(o, order.MerchantShortage, order.MerchantShortage); done || err != nil {
			return "", err
		}
	}
	return "", w.cancel(o, order.MerchantShortage)
}

func (w *work) loseAlone(o *order.Order, err error) error {
	if fault.ReasonOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return w.cancel(o, order.MerchantShortage)
}
