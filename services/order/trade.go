package main

import (
	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/audit"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// merchantIn is whose lines a caller may touch: a merchant's own; empty, which stands for all, for an operator.
func merchantIn(who caller.Caller) string {
	if who.Operator {
		return ""
	}
	return who.MerchantID
}

// trade answers an order in which a merchant has lines. NOT_FOUND otherwise.
func (w *work) trade(orderID, merchant string) (*order.Order, error) {
	o, err := w.order(orderID)
	if err == nil && merchant != "" && !o.Concerns(merchant) {
		err = fault.New(fault.NotFound)
	}
	return o, err
}

// giveBack stores what goes back for lines and puts their units on hand again.
func (w *work) giveBack(o *order.Order, r *order.Refund) error {
	if err := w.load(needsOf(o)); err != nil {
		return err
	}
	for _, l := range r.Lines {
		claim, _ := w.claims.get(stock.ClaimKey{OrderID: o.OrderID, SKU: l.SKU})
		count, _ := w.stocks.get(l.SKU)
		if claim != nil && count != nil {
			count.Restock(claim, l.Quantity, w.now)
		}
	}
	return w.addAll(r.Write())
}

// moved stores a return that has gone on from a state, with its audit row.
func (w *work) moved(r *order.Return, from order.ReturnState) error {
	if err := w.add(r.Write()); err != nil {
		return err
	}
	return w.add(audit.Write(cause(w.ctx), "return/"+r.ReturnID, r.Version, string(from), string(r.State), "return "+string(r.State), r, w.now))
}

// addAll puts mutations beside those of the nouns.
func (w *work) addAll(ms []*spanner.Mutation, err error) error {
	w.more = append(w.more, ms...)
	return err
}
