package main

import (
	"context"
	"log/slog"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/ledger"
	"github.com/issho-shop/issho/services/payment/internal/provider"
	"github.com/issho-shop/issho/services/payment/internal/settlement"
)

// closeSettlement ends a report: what should have been paid out long ago and was not is missing there; the provider's fees and
// the payout itself are booked, once.
func (s *paymentServer) closeSettlement(ctx context.Context, po provider.Payout) error {
	_, err := s.outbox.Update(ctx, "close_settlement", func(ctx context.Context, tx *spanner.ReadWriteTransaction, _ *outbox.Batch) error {
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		row, ok, err := settlement.Get(ctx, tx, po.ID)
		if err != nil || !ok || row.DoneAt.Valid {
			return err
		}
		overdue, err := ledger.ListOverdue(ctx, tx, po.Currency, po.ArrivedAt.Add(-settleWithin))
		if err != nil {
			return err
		}
		for _, u := range overdue {
			err := s.report(ctx, tx, row, settlement.Difference{
				PayoutID: po.ID, Subject: u.JournalID, Kind: settlement.MissingThere, JournalID: u.JournalID,
				PaymentID: u.PaymentID, OrderID: u.OrderID, Ours: u.Amount,
			})
			if err != nil {
				return err
			}
		}
		row.DoneAt = spanner.NullTime{Time: now, Valid: true}
		slog.InfoContext(ctx, "a payout was matched", "payout", po.ID, "movements", row.Movements, "matched", row.Matched, "overdue", len(overdue))
		return bookPayout(ctx, tx, row)
	})
	return err
}

// bookPayout writes the report's end and, the first time, its journals.
func bookPayout(ctx context.Context, tx *spanner.ReadWriteTransaction, row settlement.Settlement) error {
	put, err := row.Put()
	if err != nil {
		return err
	}
	of := ledger.Of{Currency: row.Currency, At: row.DoneAt.Time}
	ms := []*spanner.Mutation{put}
	for _, j := range []ledger.Journal{of.Fees(row.PayoutID, row.Fees), of.Payout(row.PayoutID, row.Amount)} {
		known, err := ledger.Knows(ctx, tx, j.ID)
		if err != nil {
			return err
		}
		if amount, _ := j.Owed(); known || amount == 0 {
			continue
		}
		booked, err := ledger.Insert(j)
		if err != nil {
			return err
		}
		ms = append(ms, booked...)
	}
	return tx.BufferWrite(ms)
}
