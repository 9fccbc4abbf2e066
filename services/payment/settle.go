package main

import (
	"context"
	"time"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
	"github.com/issho-shop/issho/services/payment/internal/settlement"
)

const (
	// settleBack is how far back payouts are looked for: a job that failed for a month still misses none.
	settleBack = 35 * 24 * time.Hour
	// settleWithin is when a payout must have shown what we have booked.
	settleWithin = 7 * 24 * time.Hour
)

// Settle matches every payout that is not matched to its end yet. Each page of movements is one transaction; the next run goes
// on where this one was stopped.
func (s *paymentServer) Settle(ctx context.Context, _ *paymentv1.SettleRequest) (*paymentv1.SettleResponse, error) {
	now, err := spandb.Now(ctx, s.db.Single(), s.clock)
	if err != nil {
		return nil, err
	}
	payouts, err := s.provider.Payouts(ctx, now.Add(-settleBack))
	if err != nil {
		return nil, providerFault(err)
	}
	out := &paymentv1.SettleResponse{}
	for _, po := range payouts {
		done, err := s.settlePayout(ctx, po)
		if err != nil {
			return nil, providerFault(err)
		}
		if !done {
			continue
		}
		found, err := settlement.Differences(ctx, s.db.Single(), po.ID)
		if err != nil {
			return nil, err
		}
		out.Payouts, out.Differences = out.Payouts+1, out.Differences+int64(len(found))
	}
	return out, nil
}

// settlePayout matches one payout to its end; false when that was done before.
func (s *paymentServer) settlePayout(ctx context.Context, po provider.Payout) (bool, error) {
	row, ok, err := settlement.Get(ctx, s.db.Single(), po.ID)
	if err != nil || ok && row.DoneAt.Valid {
		return false, err
	}
	for after := row.LastID; ; {
		page, more, err := s.provider.Movements(ctx, po.ID, after)
		if err != nil {
			return false, err
		}
		if err := s.settlePage(ctx, po, after, page); err != nil {
			return false, err
		}
		if !more || len(page) == 0 {
			return true, s.closeSettlement(ctx, po)
		}
		after = page[len(page)-1].ID
	}
}

// journalOf is the journal that a movement should be in our books; ” for what they do not know.
func journalOf(m provider.Movement, p payment.Payment) string {
	switch {
	case p.ID == "":
		return ""
	case m.Kind == provider.MovedCapture:
		return "capture/" + p.ID
	case m.Kind == provider.MovedRefund:
		return "refund/" + m.RefundID + "/" + m.ObjectID
	case m.Kind == provider.MovedRefundFailed:
		return "refund_failed/" + m.ObjectID
	case m.Kind == provider.MovedDispute && m.Amount < 0:
		return "dispute/" + m.ObjectID
	case m.Kind == provider.MovedDispute:
		return "won/" + m.ObjectID
	}
	return ""
}
