package main

import (
	"context"
	"errors"

	"cloud.google.com/go/spanner"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/order"
	"github.com/issho-shop/issho/services/reward/internal/points"
	"github.com/issho-shop/issho/services/reward/internal/programme"
)

var errPaymentEvent = errors.New("a refund without its order, id or captured amount")

// onPaymentRefunded takes back what the order earned, in proportion to all that was refunded; the campaign may give it
// again. It compares with the sum of refunds, so repeats and an older refund that comes late take nothing more. Before the
// order was heard of it asks to be told again.
func (s *rewardServer) onPaymentRefunded(ctx context.Context, _ inbox.Event, m *paymentv1.PaymentEvent) error {
	if m.GetOrderId() == "" || m.GetRefundId() == "" || m.GetCaptured().GetAmount() <= 0 {
		return inbox.Refuse(errPaymentEvent)
	}
	_, err := s.db.Update(ctx, "on_payment_refunded", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		heard, err := order.Of(ctx, tx, m.GetOrderId())
		if err != nil {
			return err
		}
		if heard.State == order.Unheard {
			return errNotPaidYet
		}
		es, err := points.EarningsOf(ctx, tx, m.GetOrderId())
		if err != nil || len(es) == 0 {
			return err
		}
		return s.clawBack(ctx, tx, m, es)
	})
	return err
}

// clawBack takes from the earnings of one order, which are all of one campaign.
func (s *rewardServer) clawBack(ctx context.Context, tx *spanner.ReadWriteTransaction, m *paymentv1.PaymentEvent, es []points.Earning) error {
	p, err := programme.Of(ctx, tx, es[0].CampaignID)
	if err != nil {
		return err
	}
	now, err := spandb.Now(ctx, tx, s.clock)
	if err != nil {
		return err
	}
	var b book
	for _, e := range es {
		n := e.Due(m.GetRefunded().GetAmount(), m.GetCaptured().GetAmount())
		if n == 0 {
			continue
		}
		journal := e.Clawback(m.GetRefundId(), n)
		e.ClawedBack += n
		p.TakeBack(n)
		b.add(journal, e.Save())
	}
	if len(b.journals) == 0 {
		return nil
	}
	b.rows = append(b.rows, p.SaveGiven())
	return b.write(ctx, tx, now)
}
