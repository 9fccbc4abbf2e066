package main

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/order/internal/audit"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// bigGroup is how many members the big groups have, as many as we promise.
const bigGroup = 10_000

// smallBatch is how many members of the biggest groups one transaction carries here: the emulator's work grows faster than a
// commit does. TestNoCommitOfAFanOutIsTooLarge takes the product's own.
const smallBatch = "50"

// Not parallel, like its sister: it takes the emulator for a minute, which others would wait for.
func TestABigGroupFormsAndSettles(t *testing.T) {
	newBigGroup(t, bigGroup, 2, "FAN_OUT_BATCH", smallBatch).settles()
}

// Not parallel: the process speaks to its database through a gate that counts.
func TestNoCommitOfAFanOutIsTooLarge(t *testing.T) {
	g := openGate(t)
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	t.Setenv("SPANNER_EMULATOR_HOST", g.addr)
	b := newBigGroup(t, 450, 2)
	t.Setenv("SPANNER_EMULATOR_HOST", direct)
	b.settles()
	g.within(t)
}

func (b *big) settles() {
	b.t.Helper()
	b.w.Advance(24 * time.Hour)
	b.carriedOut()
	b.wantCounts(b.sku, 0, 0)
	b.every("Orders", "State = 'CONFIRMED' AND FinalTotal = 1450")
	b.every("Reservations", "State = 'CONSUMED'")
	b.every("Members", "State = 'CONFIRMED' AND Decided")
	b.ends()
}

func TestABigGroupThatExpiresGivesAllBack(t *testing.T) {
	b := newBigGroup(t, bigGroup, int64(bigGroup+1), "FAN_OUT_BATCH", smallBatch)
	b.w.Advance(24 * time.Hour)
	b.carriedOut()
	b.wantCounts(b.sku, int64(b.n), 0)
	b.every("Orders", "State = 'CANCELLED' AND CancelReason = 'GROUP_EXPIRED'")
	b.every("Reservations", "State = 'RELEASED'")
	b.every("Members", "State = 'FAILED' AND Decided")
	b.ends()
}

// big is a shop with one group of n members, all paid.
type big struct {
	*shop
	n   int
	sku string
	id  string
}

func newBigGroup(t *testing.T, n int, min int64, env ...string) *big {
	t.Helper()
	var inside atomic.Pointer[server]
	b := &big{shop: openWith(t, serving(&inside), env...), n: n}
	c := b.campaign(2, 2, int64(b.n)) // by now it serves
	b.sku, b.id = c.Skus[0], id.New("grp")
	b.seed(c, min)
	return b
}

const seedRows = 350 // a commit

// seed writes the group as rows, many a commit, as the verbs would have left them but for the joins' own versions.
func (b *big) seed(c *catalogv1.Campaign, min int64) {
	b.t.Helper()
	now := b.w.Clock().Now()
	rules := group.Rules{
		MinSize: min, MaxSize: int64(b.n) + 1, Window: 24 * time.Hour, MaxUnitsPerOrder: 5, MaxUnitsPerCustomer: 8, Currency: "JPY",
		Tiers:    []group.Tier{{Size: min, UnitPrice: 1000}, {Size: min + 2, UnitPrice: 900}},
		Variants: []group.Variant{{SKU: b.sku, MerchantID: "m_1", TaxPercent: 8, SoloPrice: 1200}},
	}
	g := group.Start(b.id, c.CampaignId, b.member(0), rules, now)
	g.Confirm(b.member(0), now)
	trail := g.Trail()
	g.Confirmed = int64(b.n)
	if g.Confirmed >= min {
		g.State = group.Formed
	}
	trail[len(trail)-1].After = *g // seeded as it would stand when all have joined
	rows := []*spanner.Mutation{b.row(g.Write()), spanner.Update("Stock", []string{"Sku", "Reserved"}, []any{b.sku, int64(b.n)})}
	for _, t := range trail {
		rows = append(rows, b.audit("group/"+b.id, t.After.Version, string(t.From), string(t.After.State), t.After, now))
	}
	for i := range b.n {
		if rows = append(rows, b.seat(i, c, now)...); len(rows) >= seedRows || i == b.n-1 {
			if err := b.db.Apply(b.t.Context(), "seed", rows); err != nil {
				b.t.Fatal(err)
			}
			rows = nil
		}
	}
}

func (b *big) member(i int) string { return "user-" + strconv.Itoa(i) }

// seat is one member with all that belongs to it.
func (b *big) seat(i int, c *catalogv1.Campaign, now time.Time) []*spanner.Mutation {
	user := b.member(i)
	o := &order.Order{
		OrderID: id.Derive("ord", b.id, user), CustomerID: user, GroupID: b.id, CampaignID: c.CampaignId, LeaderID: b.member(0),
		Currency: "JPY", Items: 1000, Shipping: 550, Total: 1550,
	}
	o.Lines.V = []order.Line{{SKU: b.sku, MerchantID: "m_1", Quantity: 1, UnitPrice: 1000, TaxPercent: 8}}
	o.Place(now.Add(holdFor), now)
	o.Authorise("pay", now)
	seat := group.Hold(b.id, user, o.OrderID, now)
	seat.Confirm(now)
	count := stock.Stock{SKU: b.sku, OnHand: 1}
	claim, err := count.Reserve(o.OrderID, 1, now)
	if err != nil {
		b.t.Fatal(err)
	}
	claim.Confirm(now)
	rows := []*spanner.Mutation{b.row(o.Write()), b.row(seat.Write()), b.row(claim.Write()),
		b.row(group.Slot{UserID: user, CampaignID: c.CampaignId, GroupID: b.id, OrderID: o.OrderID}.Write())}
	for _, t := range o.Trail() {
		rows = append(rows, b.audit("order/"+o.OrderID, t.After.Version, string(t.From), string(t.After.State), t.After, now))
	}
	return rows
}

func (b *big) audit(entity string, version int64, from, to string, after any, now time.Time) *spanner.Mutation {
	return b.row(audit.Write(audit.Cause{Actor: "service/seed", Method: "seed"}, entity, version, from, to, "seeded", after, now))
}

func (b *big) row(m *spanner.Mutation, err error) *spanner.Mutation {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// carriedOut brings the deadline and the fan-out, as their tasks would.
func (b *big) carriedOut() {
	b.t.Helper()
	began := time.Now()
	tasks := b.by("tasks")
	if _, err := tasks.ReachDeadline(b.t.Context(), &orderv1.ReachDeadlineRequest{GroupId: b.id}); err != nil {
		b.t.Fatal(err)
	}
	for b.t.Context().Err() == nil { // as the queue does: an attempt has its deadline, and the next goes on
		if _, err := tasks.FanOut(b.t.Context(), &orderv1.FanOutRequest{GroupId: b.id}); err == nil {
			break
		}
	}
	b.t.Logf("%d members had the outcome after %s", b.n, time.Since(began).Round(time.Millisecond))
}

// every says that all n rows of a table are as wanted.
func (b *big) every(table, as string) {
	b.t.Helper()
	if n := count(b.t, b.shop, fmt.Sprintf("%s WHERE %s", table, as)); n != int64(b.n) {
		b.t.Errorf("%d of %d %s are %s", n, b.n, table, as)
	}
}

func (b *big) ends() {
	b.t.Helper()
	if n := count(b.t, b.shop, "Slots"); n != 0 {
		b.t.Errorf("%d slots are still taken", n)
	}
	b.verify()
}

// TestTenThousandJoinForThemselves fills a group by as many checkouts.
func TestTenThousandJoinForThemselves(t *testing.T) {
	if !long() {
		t.Skip("only in the long run")
	}
	s := openWith(t, run, "FAN_OUT_BATCH", smallBatch)
	c := s.campaign(2, int32(bigGroup), int64(bigGroup))
	first := s.buy("leader", start(c))
	var joining errgroup.Group
	joining.SetLimit(64)
	for i := range bigGroup - 1 {
		joining.Go(func() error {
			_, err := s.insists("user-"+strconv.Itoa(i), join(c, first.GetInvite()))
			return err
		})
	}
	if err := joining.Wait(); err != nil {
		t.Fatal(err)
	}
	for range 600 { // tasks and loops carry the outcome; each look costs them time
		if g := s.group("leader", first.GetGroup().GetGroupId()).GetGroup(); g.GetState() != orderv1.GroupState_GROUP_STATE_SETTLED {
			t.Fatalf("the full group is %v", g)
		}
		if n := count(t, s, "Orders WHERE State = 'CONFIRMED'"); n == int64(bigGroup) {
			break
		}
		if _, err := s.by("tasks").FanOut(t.Context(), &orderv1.FanOutRequest{GroupId: first.GetGroup().GetGroupId()}); err != nil {
			t.Log(err) // an attempt has its deadline, and the next goes on
		}
	}
	s.wantCounts(c.Skus[0], 0, 0)
	s.verify()
}
