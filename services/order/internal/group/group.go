// Package group is what is true of a group: its states, the functions that move it between them, and its rows.
//
// Every transition first applies what is due by the clock of the database, is conditional on the present state, and adds
// to the group's trail, from which the verb writes audit rows and events. FORMED cannot be undone; from the decision on
// (SETTLED, EXPIRED, CANCELLED) the counters are frozen. The package knows nothing of orders, stock or payments.
package group

import (
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
)

// State is where a group stands, spelt as in the contract.
type State string

// The states of a group.
const (
	Pending   State = "PENDING"
	Open      State = "OPEN"
	Closing   State = "CLOSING"
	Formed    State = "FORMED"
	Settled   State = "SETTLED"
	Expired   State = "EXPIRED"
	Cancelled State = "CANCELLED"
	Aborted   State = "ABORTED"
	Closed    State = "CLOSED"
)

// Grace is how long after the deadline a seat that is held may still confirm.
const Grace = 120 * time.Second

// Group is one row of BuyerGroups.
type Group struct {
	GroupID        string             `spanner:"GroupId"`
	CampaignID     string             `spanner:"CampaignId"`
	LeaderID       string             `spanner:"LeaderId"`
	State          State              `spanner:"State"`
	Rules          spandb.JSON[Rules] `spanner:"Rules"`
	MaxSize        int64              `spanner:"MaxSize"`
	Held           int64              `spanner:"Held"`
	Confirmed      int64              `spanner:"Confirmed"`
	Deadline       spanner.NullTime   `spanner:"Deadline"`
	DueAt          spanner.NullTime   `spanner:"DueAt"`
	DueShard       spanner.NullInt64  `spanner:"DueShard"`
	FinalUnitPrice spanner.NullInt64  `spanner:"FinalUnitPrice"`
	FanOutShard    spanner.NullInt64  `spanner:"FanOutShard"`
	Version        int64              `spanner:"Version"`
	CreatedAt      time.Time          `spanner:"CreatedAt"`
	UpdatedAt      time.Time          `spanner:"UpdatedAt"`

	trail   []Transition
	changed bool
	fresh   bool // made in this transaction
}

// Transition is one step of a group, with the group as it stood after it.
type Transition struct {
	From   State
	Event  string // the event that tells of it, "group.formed"; empty for none
	Reason string // what happened, for the audit
	Member string // who joined or left; empty otherwise
	Timed  bool   // the clock changes the group at another time than before: DueAt
	After  Group
}

// Trail answers every transition since it was last asked for, oldest first.
func (g *Group) Trail() []Transition {
	trail := g.trail
	g.trail = nil
	return trail
}

// Changed says whether the row has to be written.
func (g *Group) Changed() bool { return g.changed }

// Start returns a new group whose leader's seat is held.
func Start(id, campaign, leader string, rules Rules, now time.Time) *Group {
	g := &Group{GroupID: id, CampaignID: campaign, LeaderID: leader, Rules: spandb.JSON[Rules]{V: rules}, MaxSize: rules.MaxSize, CreatedAt: now, fresh: true}
	g.Held = 1
	g.move(now, Pending, "", "start", leader)
	return g
}

// Decided says whether the outcome is known.
func (g *Group) Decided() bool {
	switch g.State {
	case Settled, Expired, Cancelled, Aborted, Closed:
		return true
	}
	return false
}

// Joinable says whether somebody can take a seat at the time given.
func (g *Group) Joinable(now time.Time) bool {
	return (g.State == Open || g.State == Formed) && now.Before(g.Deadline.Time) && g.Held+g.Confirmed < g.MaxSize
}

// GraceEnd is when a held seat can no longer confirm.
func (g *Group) GraceEnd() time.Time { return g.Deadline.Time.Add(Grace) }

// Due applies what the clock demands: the deadline, and the end of the grace after it.
func (g *Group) Due(now time.Time) {
	if !g.DueAt.Valid || now.Before(g.DueAt.Time) {
		return
	}
	switch {
	case g.Held == 0 || !now.Before(g.GraceEnd()):
		g.conclude(now)
	case g.State == Open:
		g.move(now, Closing, "", "deadline", "")
	case g.State == Formed:
		g.move(now, Formed, "", "deadline", "")
	}
}

// Join holds a seat for a member. GROUP_FULL when no seat is free, also when that has settled the group already: who loses
// the last seat is told so, however late. GROUP_OVER when the deadline is over or the group is not open.
func (g *Group) Join(user string, now time.Time) error {
	g.Due(now)
	switch {
	case g.Held+g.Confirmed >= g.MaxSize:
		return fault.New(fault.GroupFull, "group_id", g.GroupID)
	case g.State != Open && g.State != Formed, !now.Before(g.Deadline.Time):
		return fault.New(fault.GroupOver, "group_id", g.GroupID)
	}
	g.Held++
	g.move(now, g.State, "", "join", user)
	return nil
}

// Confirm counts a held member as paid: the leader's opens the group, the one that completes the minimum forms it, and it
// is settled at once when full, or when the deadline is over and nobody is held. It reports false, and counts nothing,
// when the group is decided already.
func (g *Group) Confirm(user string, now time.Time) bool {
	g.Due(now)
	if g.Decided() {
		return false
	}
	g.Held--
	g.Confirmed++
	switch {
	case g.State == Pending:
		g.Deadline = spanner.NullTime{Time: now.Add(g.Rules.V.Window), Valid: true}
		g.move(now, Open, "group.opened", "leader authorised", user)
	case g.State != Formed && g.Confirmed >= g.Rules.V.MinSize:
		g.move(now, Formed, "group.formed", "minimum reached", user)
	default:
		g.move(now, g.State, "group.joined", "member authorised", user)
	}
	if g.State == Formed && (g.Confirmed == g.MaxSize || g.Held == 0 && !now.Before(g.Deadline.Time)) {
		g.settle(now, "complete")
	}
	return true
}

// Release gives a held seat back: the hold is over, its payment failed or its member gave up. A group whose leader's seat
// it was is ABORTED. It reports false, and counts nothing, when the group is decided already.
func (g *Group) Release(user, why string, now time.Time) bool {
	g.Due(now)
	if g.Decided() {
		return false
	}
	g.Held--
	if g.State == Pending {
		g.decide(now, Aborted, "", why)
		return true
	}
	g.move(now, g.State, "", why, user)
	if g.Held == 0 && !now.Before(g.Deadline.Time) {
		g.conclude(now)
	}
	return true
}

// Leave takes a confirmed member out of an open group. The earliest confirmed of the others, successor, leads on when the
// leader leaves; with no successor the group is CANCELLED. It reports false when the group is not OPEN.
func (g *Group) Leave(user, successor string, now time.Time) bool {
	g.Due(now)
	if g.State != Open {
		return false
	}
	g.Confirmed--
	if user == g.LeaderID {
		if successor == "" {
			g.decide(now, Cancelled, "group.cancelled", "last member left")
			return true
		}
		g.LeaderID = successor
	}
	g.move(now, Open, "group.left", "member left", user)
	return true
}

// Forgo takes a confirmed member whose order was cancelled out of a formed group that is not settled. The group stays
// formed. It reports false in any other state.
func (g *Group) Forgo(user string, now time.Time) bool {
	g.Due(now)
	if g.State != Formed {
		return false
	}
	g.Confirmed--
	g.move(now, Formed, "group.left", "member's order cancelled", user)
	return true
}

// Stop cancels a group that has not formed, on the word of an operator or for a shortage. Once more it changes nothing.
// GROUP_OVER when the group has formed or has ended in another way.
func (g *Group) Stop(why string, now time.Time) error {
	g.Due(now)
	switch g.State {
	case Pending, Open, Closing:
		g.decide(now, Cancelled, "group.cancelled", "stopped: "+why)
	case Cancelled:
	default:
		return fault.New(fault.GroupOver, "group_id", g.GroupID)
	}
	return nil
}

// Close ends a group whose outcome has been carried out and all of whose orders have ended. It reports false, and changes
// nothing, when the group is not at that point, or was closed before.
func (g *Group) Close(now time.Time) bool {
	switch {
	case g.FanOutShard.Valid:
		return false
	case g.State != Settled && g.State != Expired && g.State != Cancelled:
		return false
	}
	g.move(now, Closed, "", "all orders have ended", "")
	return true
}

// Carried marks that the outcome has reached every member's order.
func (g *Group) Carried(now time.Time) {
	if !g.FanOutShard.Valid {
		return
	}
	g.FanOutShard = spanner.NullInt64{}
	g.move(now, g.State, "", "outcome carried out", "")
}

// conclude ends a group whose deadline is over and which nobody can confirm any more.
func (g *Group) conclude(now time.Time) {
	if g.State == Formed {
		g.settle(now, "deadline")
		return
	}
	g.decide(now, Expired, "group.expired", "deadline")
}

func (g *Group) settle(now time.Time, why string) {
	g.FinalUnitPrice = spanner.NullInt64{Int64: g.Rules.V.UnitPrice(g.Confirmed), Valid: true}
	g.decide(now, Settled, "group.settled", why)
}

func (g *Group) decide(now time.Time, to State, event, why string) {
	if to != Aborted {
		g.FanOutShard = spanner.NullInt64{Int64: spandb.Shard(g.GroupID), Valid: true}
	}
	g.move(now, to, event, why, "")
}

// move is the one place where a group changes state.
func (g *Group) move(now time.Time, to State, event, why, member string) {
	from := g.State
	g.State = to
	g.Version++
	g.changed = true
	g.UpdatedAt = now
	before := g.DueAt
	g.DueAt, g.DueShard = spanner.NullTime{}, spanner.NullInt64{}
	if due, ok := g.nextDue(now); ok {
		g.DueAt = spanner.NullTime{Time: due, Valid: true}
		g.DueShard = spanner.NullInt64{Int64: spandb.Shard(g.GroupID), Valid: true}
	}
	after := *g
	after.trail = nil
	g.trail = append(g.trail, Transition{From: from, Event: event, Reason: why, Member: member, Timed: g.DueAt.Valid && !g.DueAt.Time.Equal(before.Time), After: after})
}

func (g *Group) nextDue(now time.Time) (time.Time, bool) {
	switch {
	case g.State == Open, g.State == Formed && now.Before(g.Deadline.Time):
		return g.Deadline.Time, true
	case g.State == Closing, g.State == Formed:
		return g.GraceEnd(), true
	}
	return time.Time{}, false
}
