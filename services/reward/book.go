package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/services/reward/internal/hold"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// book gathers what one transaction moves and writes it at once, so that several journals of one customer meet in one
// balance.
type book struct {
	journals []points.Journal
	rows     []*spanner.Mutation
}

func (b *book) add(j points.Journal, rows ...*spanner.Mutation) {
	b.journals = append(b.journals, j)
	b.rows = append(b.rows, rows...)
}

func (b *book) write(ctx context.Context, tx *spanner.ReadWriteTransaction, now time.Time) error {
	ms, err := points.Book(ctx, tx, now, b.journals...)
	if err != nil {
		return err
	}
	return tx.BufferWrite(append(b.rows, ms...))
}

// release gives back what a hold sets aside.
func (b *book) release(h hold.Hold) {
	h.End(hold.Released)
	b.add(points.Release(h.OrderID, h.Round, h.CustomerID, h.Points), h.Save())
}

// giveBack returns what was spent on an order and has not been returned for its lines.
func (b *book) giveBack(h hold.Hold) {
	left := h.Left()
	h.End(hold.Returned)
	h.Returned = h.Points
	if left == 0 {
		b.rows = append(b.rows, h.Save())
		return
	}
	b.add(points.Return(h.OrderID, h.CustomerID, left), h.Save())
}

// spend spends points on an order that was paid with them. The hold may have been released meanwhile, by a checkout that
// was repeated or found absent; then the customer's available points pay, even below zero.
func (b *book) spend(h hold.Hold, customerID string, spent int64) {
	var held int64
	if h.State == hold.Held {
		held = h.Points
	}
	switch {
	case spent > 0:
		h.CustomerID, h.Points = customerID, spent
		h.End(hold.Committed)
		b.add(points.Commit(h.OrderID, customerID, held, spent), h.Save())
	case held > 0:
		b.release(h)
	}
}
