package shop

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/spanner"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/spandb"
)

// books lays those of order, payment, reward and the provider side by side.
func (s *Shop) books(ctx context.Context) ([]*typev1.Finding, error) {
	b, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return []*typev1.Finding{b.moneyHasMeaning(), b.providerKnows(), b.providerIsKnown(), b.opsFirst(), b.pointsFollowMoney()}, nil
}

// ledgers are what each of them has written down.
type ledgers struct {
	orders   map[string]OrderRow
	payments []PaymentRow
	ops      map[string]time.Time // the calls that payment wrote down before it made them, by id, and when
	charges  map[string]Charge
	earned   map[string]bool // orders that have earned their member points
	promised map[string]bool // orders whose campaign gives points
}

func (s *Shop) read(ctx context.Context) (b ledgers, err error) {
	b = ledgers{orders: map[string]OrderRow{}, ops: map[string]time.Time{}, charges: map[string]Charge{}, earned: map[string]bool{}, promised: map[string]bool{}}
	charges, err := s.Charges(ctx, "")
	if err != nil {
		return b, err
	}
	for _, c := range charges {
		b.charges[c.ID] = c
	}
	if b.payments, err = every[PaymentRow](ctx, s.payments, "Payments"); err != nil {
		return b, err
	}
	ops, err := every[struct {
		ID        string    `spanner:"OpId"`
		StartedAt time.Time `spanner:"StartedAt"`
	}](ctx, s.payments, "PaymentOps")
	if err != nil {
		return b, err
	}
	for _, op := range ops {
		b.ops[op.ID] = op.StartedAt
	}
	return b, s.readOrders(ctx, &b)
}

func (s *Shop) readOrders(ctx context.Context, b *ledgers) error {
	earnings, err := every[EarningRow](ctx, s.rewards, "Earnings")
	if err != nil {
		return err
	}
	for _, e := range earnings {
		b.earned[e.OrderID] = b.earned[e.OrderID] || e.Rule == "MEMBER"
	}
	programmes, err := spandb.All[struct{ CampaignId string }](ctx, s.rewards.Single(), "look",
		spanner.NewStatement("SELECT CampaignId FROM Programmes WHERE MemberPoints > 0 AND Budget - Given > MemberPoints"))
	if err != nil {
		return err
	}
	gives := map[string]bool{}
	for _, p := range programmes {
		gives[p.CampaignId] = true
	}
	orders, err := every[OrderRow](ctx, s.orders, "Orders")
	for _, o := range orders {
		b.orders[o.ID] = o
		b.promised[o.ID] = gives[o.CampaignID]
	}
	return err
}

func every[T any](ctx context.Context, db *spandb.DB, table string) ([]T, error) {
	return spandb.Rows[T](ctx, db.Single(), table, spanner.AllKeys())
}

// paid says that an order has been bought for money.
func paid(state string) bool {
	switch state {
	case "PAID", "PARTLY_SHIPPED", "SHIPPED", "DELIVERED", "COMPLETED":
		return true
	}
	return false
}

// moneyHasMeaning: what was taken is the total of an order that is paid, both ways; of any other order nothing is left that
// was not given back.
func (b ledgers) moneyHasMeaning() *typev1.Finding {
	f := finding("I5 money has a meaning")
	taken, kept := map[string]int64{}, map[string]int64{}
	for _, p := range b.payments {
		taken[p.OrderID] += p.Captured
		kept[p.OrderID] += p.Captured - p.Refunded
	}
	for id, o := range b.orders {
		f.hold(!paid(o.State) || taken[id] == o.FinalTotal.Int64, "%s is %s at %d and has paid %d", id, o.State, o.FinalTotal.Int64, taken[id])
		f.hold(paid(o.State) || kept[id] == 0, "%s is %s and has paid %d for it", id, o.State, kept[id])
	}
	return f.Finding
}

// providerKnows: what payment has written down is what the provider has. What was given up before anybody heard that it was
// held is not written down as held.
func (b ledgers) providerKnows() *typev1.Finding {
	f := finding("I6 provider = us: payments")
	for _, p := range b.payments {
		c := b.charges[p.IntentID]
		held := c.Authorised == p.Authorised || p.Authorised == 0 && c.Released == c.Authorised
		f.hold(p.IntentID == "" || held && c.Captured == p.Captured && c.Refunded == p.Refunded && strings.EqualFold(c.Currency, p.Currency),
			"%s (%s) has held %d, taken %d, returned %d; the provider %d, %d, %d",
			p.ID, p.State, p.Authorised, p.Captured, p.Refunded, c.Authorised, c.Captured, c.Refunded)
	}
	return f.Finding
}

// providerIsKnown: whatever the provider has is a payment of ours.
func (b ledgers) providerIsKnown() *typev1.Finding {
	f := finding("I6 provider = us: charges")
	ours := map[string]string{}
	for _, p := range b.payments {
		ours[p.IntentID] = p.ID
	}
	for id, c := range b.charges {
		f.hold(ours[id] != "" && ours[id] == c.Metadata["payment_id"], "the provider's %s (%s) is no payment of ours", id, c.Status)
	}
	return f.Finding
}

// opsFirst: everything that the provider did for us was written down before it was asked for.
func (b ledgers) opsFirst() *typev1.Finding {
	f := finding("I6 provider = us: calls")
	for id, c := range b.charges {
		for _, e := range c.Entries {
			at, written := b.ops[e.Key]
			f.hold(e.Key == "" || written && at.Before(e.At.Add(time.Second)), // by two clocks
				"the provider's %s was %s by a call that was not written down before", id, e.Kind)
		}
	}
	return f.Finding
}

// pointsFollowMoney: every group order that is paid has earned, where its campaign gives points.
func (b ledgers) pointsFollowMoney() *typev1.Finding {
	f := finding("I17 rewards follow orders")
	for id, o := range b.orders {
		f.hold(!paid(o.State) || !b.promised[id] || b.earned[id], "%s is %s and has earned nothing", id, o.State)
	}
	return f.Finding
}

type tally struct{ *typev1.Finding }

func finding(invariant string) tally {
	return tally{&typev1.Finding{Invariant: invariant + " (books)"}}
}

// hold counts one thing looked at, and tells of it when it does not hold.
func (t tally) hold(holds bool, format string, args ...any) {
	t.Checked++
	if holds {
		return
	}
	if t.ViolationCount++; t.ViolationCount <= 20 {
		t.Violations = append(t.Violations, fmt.Sprintf(format, args...))
	}
}
