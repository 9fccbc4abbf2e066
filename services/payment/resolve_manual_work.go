package main

import (
	"context"
	"errors"
	"strings"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/ledger"
	"github.com/issho-shop/issho/services/payment/internal/manual"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/settlement"
)

// ResolveManualWork makes an operator's decision true: what it entails, the closed row and the audit are one transaction.
func (s *paymentServer) ResolveManualWork(ctx context.Context, req *paymentv1.ResolveManualWorkRequest) (*paymentv1.ResolveManualWorkResponse, error) {
	decision := payment.Decision(strings.TrimPrefix(req.GetDecision().String(), "DECISION_"))
	var done manual.Work
	_, err := s.outbox.Update(ctx, "resolve_manual_work", func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		w, ok, err := manual.Get(ctx, tx, req.GetWorkId())
		if err == nil && !ok {
			err = fault.New(fault.NotFound)
		}
		if err != nil {
			return err
		}
		if done = w; w.Decision != "" {
			return sameDecision(w, decision)
		}
		if err := s.resolve(ctx, tx, out, &w, decision, req.GetReason()); err != nil {
			return err
		}
		done = w
		return nil
	})
	if errors.Is(err, payment.ErrDisputed) {
		return nil, fault.New(fault.OrderState, "state", "DISPUTED")
	}
	if err != nil {
		return nil, err
	}
	return &paymentv1.ResolveManualWorkResponse{Work: wireWork(done)}, nil
}

func sameDecision(w manual.Work, d payment.Decision) error {
	if w.Decision != string(d) {
		return fault.New(fault.Conflict)
	}
	return nil
}

func (s *paymentServer) resolve(
	ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch, w *manual.Work, d payment.Decision, reason string,
) error {
	now, err := spandb.Now(ctx, tx, s.clock)
	if err != nil {
		return err
	}
	closed, err := w.Decide(string(d), now)
	if err != nil {
		return err
	}
	audit, err := audited(ctx, w.ID, string(d), reason, now)
	if err != nil {
		return err
	}
	if err := tx.BufferWrite([]*spanner.Mutation{closed, audit}); err != nil {
		return err
	}
	if w.Kind == manual.Settlement {
		return resolveDifference(ctx, tx, *w, d)
	}
	c, _, err := payment.Load(ctx, tx, w.PaymentID, now)
	if err != nil {
		return err
	}
	if err := c.Decide(w.RefundID, d); err != nil {
		return err
	}
	return write(ctx, tx, out, c)
}

// resolveDifference brings the books to the provider's, or has the payout matched anew.
func resolveDifference(ctx context.Context, tx *spanner.ReadWriteTransaction, w manual.Work, d payment.Decision) error {
	row, ok, err := settlement.Get(ctx, tx, w.PayoutID)
	if err != nil || !ok {
		return err
	}
	if d == payment.Retry {
		ms, err := row.Anew()
		if err != nil {
			return err
		}
		return tx.BufferWrite(ms)
	}
	found, ok, err := settlement.DifferenceOf(ctx, tx, w.PayoutID, strings.TrimPrefix(w.ID, settlementMark))
	if err != nil || !ok {
		return err
	}
	of := ledger.Of{PaymentID: w.PaymentID, OrderID: w.OrderID, Currency: w.Currency, At: w.DecidedAt.Time}
	ms, err := ledger.Insert(of.Difference(found.Subject, w.Amount))
	if err != nil {
		return err
	}
	if found.JournalID != "" {
		ms = append(ms, ledger.Settle(found.JournalID))
	}
	return tx.BufferWrite(ms)
}
