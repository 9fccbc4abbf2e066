package main

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/hold"
	"github.com/issho-shop/issho/services/reward/internal/order"
	"github.com/issho-shop/issho/services/reward/internal/points"
	"github.com/issho-shop/issho/services/reward/internal/programme"
)

var errOrderEvent = errors.New("an order event without its order or customer")

// onOrderPaid spends the points set aside for an order and gives what a group order earns; a group order is only ever paid
// after its group has settled. An order of which anything was heard before does neither: it was paid already, or its
// cancellation came first.
func (s *rewardServer) onOrderPaid(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if m.GetOrderId() == "" || m.GetCustomerId() == "" {
		return inbox.Refuse(errOrderEvent)
	}
	_, err := s.outbox.Update(ctx, "on_order_paid", func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		heard, err := order.Of(ctx, tx, m.GetOrderId())
		if err != nil || heard.State != order.Unheard {
			return err
		}
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		h, err := hold.Of(ctx, tx, m.GetOrderId())
		if err != nil {
			return err
		}
		heard.CustomerID, heard.State, heard.UpdatedAt = m.GetCustomerId(), order.Paid, now
		b := book{rows: []*spanner.Mutation{heard.Save()}}
		b.spend(h, m.GetCustomerId(), m.GetPoints())
		if err := b.earn(ctx, tx, out, m, now); err != nil {
			return err
		}
		return b.write(ctx, tx, now)
	})
	return err
}

// earn gives each earning that the campaign's budget still allows, in the order of earnings; the rest is not given later
// either.
func (b *book) earn(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch, m *orderv1.OrderEvent, now time.Time) error {
	if m.GetGroupId() == "" {
		return nil
	}
	p, err := programme.Of(ctx, tx, m.GetCampaignId())
	if err != nil {
		return err
	}
	before := p.Given
	for _, e := range earnings(m, p) {
		if p.Give(e.Points) {
			b.add(e.Earn(), e.Save())
			out.Add(ctx, earned(e, now))
		}
	}
	if p.Given != before {
		b.rows = append(b.rows, p.SaveGiven())
	}
	return nil
}

// earnings answers what an order earns whom. Nobody invites themselves.
func earnings(m *orderv1.OrderEvent, p programme.Programme) []points.Earning {
	buyer, campaign := m.GetCustomerId(), m.GetCampaignId()
	es := []points.Earning{points.NewEarning(m.GetOrderId(), points.Member, buyer, campaign, p.MemberPoints)}
	if m.GetLeaderId() == buyer {
		es = append(es, points.NewEarning(m.GetOrderId(), points.Leader, buyer, campaign, p.LeaderPoints))
	}
	if inviter := m.GetInviterId(); inviter != "" && inviter != buyer {
		es = append(es, points.NewEarning(m.GetOrderId(), points.Inviter, inviter, campaign, p.InviterPoints))
	}
	return es
}
