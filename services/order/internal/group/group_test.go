package group

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
)

var start = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

func rules(min, max int64) Rules {
	return Rules{MinSize: min, MaxSize: max, Window: time.Hour, Currency: "JPY", Tiers: []Tier{{min, 1000}, {min + 2, 900}}}
}

func opened(min, max int64) *Group {
	g := Start("grp_a", "cmp_a", "leader", rules(min, max), start)
	g.Confirm("leader", start)
	return g
}

// events answers what a trail tells others.
func events(trail []Transition) []string {
	var told []string
	for _, t := range trail {
		if t.Event != "" {
			told = append(told, t.Event)
		}
	}
	return told
}

func TestOneFriendFormsAndSettlesAGroupForTwo(t *testing.T) {
	g := opened(2, 2)
	if err := g.Join("friend", start); err != nil {
		t.Fatal(err)
	}
	if !g.Confirm("friend", start) {
		t.Fatal("the friend's payment counted for nothing")
	}
	if g.State != Settled || g.Confirmed != 2 || g.Held != 0 || g.FinalUnitPrice.Int64 != 1000 {
		t.Errorf("group = %s, %d confirmed, %d held, %d yen", g.State, g.Confirmed, g.Held, g.FinalUnitPrice.Int64)
	}
	trail := g.Trail()
	if diff := cmp.Diff([]string{"group.opened", "group.formed", "group.settled"}, events(trail)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for i, tr := range trail {
		if tr.After.Version != int64(i+1) {
			t.Errorf("transition %d has version %d", i, tr.After.Version)
		}
	}
}

func TestTheTierReachedIsThePrice(t *testing.T) {
	g := opened(2, 9)
	for _, friend := range []string{"a", "b", "c"} {
		if err := g.Join(friend, start); err != nil {
			t.Fatal(err)
		}
		g.Confirm(friend, start)
	}
	g.Due(g.Deadline.Time)
	if g.State != Settled || g.FinalUnitPrice.Int64 != 900 {
		t.Errorf("group = %s at %d yen, want SETTLED at 900", g.State, g.FinalUnitPrice.Int64)
	}
}

func TestJoinRefuses(t *testing.T) {
	full := opened(2, 2)
	if err := full.Join("first", start); err != nil {
		t.Fatal(err)
	}
	settled := opened(2, 2)
	if err := settled.Join("first", start); err != nil || !settled.Confirm("first", start) || settled.State != Settled {
		t.Fatalf("a group of two with two members is %s, %v", settled.State, err)
	}
	tests := map[string]struct {
		group *Group
		at    time.Time
		want  fault.Reason
	}{
		"before the leader has paid": {Start("g", "c", "leader", rules(2, 2), start), start, fault.GroupOver},
		"the last seat is held":      {full, start, fault.GroupFull},
		"settled by the last seat":   {settled, start.Add(time.Hour), fault.GroupFull},
		"at the deadline":            {opened(2, 2), start.Add(time.Hour), fault.GroupOver},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := fault.ReasonOf(test.group.Join("friend", test.at)); got != test.want {
				t.Errorf("Join = %s, want %s", got, test.want)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	deadline := start.Add(time.Hour)
	tests := map[string]struct {
		members int  // confirmed beside the leader
		held    bool // one more is held
		at      time.Time
		want    State
	}{
		"early":                          {0, false, deadline.Add(-time.Second), Open},
		"nobody came":                    {0, false, deadline, Expired},
		"a payment is under way":         {0, true, deadline, Closing},
		"the grace is over":              {0, true, deadline.Add(Grace), Expired},
		"formed":                         {2, false, deadline, Settled},
		"formed, a payment is under way": {2, true, deadline, Formed},
		"formed, the grace is over":      {2, true, deadline.Add(Grace), Settled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := opened(3, 9)
			for _, friend := range []string{"a", "b"}[:test.members] {
				if err := g.Join(friend, start); err != nil {
					t.Fatal(err)
				}
				g.Confirm(friend, start)
			}
			if test.held {
				if err := g.Join("late", start); err != nil {
					t.Fatal(err)
				}
			}
			g.Due(test.at)
			g.Due(test.at)
			if g.State != test.want {
				t.Errorf("state = %s, want %s", g.State, test.want)
			}
			if got := g.DueAt.Valid; got == g.Decided() {
				t.Errorf("due again: %t, in state %s", got, g.State)
			}
		})
	}
}

func TestAHeldSeatMayConfirmInTheGrace(t *testing.T) {
	g := opened(2, 9)
	if err := g.Join("friend", start); err != nil {
		t.Fatal(err)
	}
	at := g.Deadline.Time.Add(Grace - time.Second)
	if !g.Confirm("friend", at) || g.State != Settled {
		t.Errorf("state = %s, want SETTLED: formed, past the deadline, nobody held", g.State)
	}
}

func TestTooLateCountsForNothing(t *testing.T) {
	g := opened(2, 9)
	if err := g.Join("friend", start); err != nil {
		t.Fatal(err)
	}
	if g.Confirm("friend", g.GraceEnd()) {
		t.Error("a payment after the grace was counted")
	}
	if g.State != Expired || g.Confirmed != 1 || g.Held != 1 {
		t.Errorf("group = %s, %d confirmed, %d held, want it EXPIRED with its counters frozen", g.State, g.Confirmed, g.Held)
	}
}

func TestTheLastHoldToGoEndsAnOverdueGroup(t *testing.T) {
	g := opened(2, 9)
	if err := g.Join("friend", start); err != nil {
		t.Fatal(err)
	}
	if !g.Release("friend", "hold over", g.Deadline.Time.Add(time.Second)) || g.State != Expired {
		t.Errorf("state = %s, want EXPIRED", g.State)
	}
}

func TestLeave(t *testing.T) {
	g := opened(3, 9)
	if err := g.Join("friend", start); err != nil {
		t.Fatal(err)
	}
	g.Confirm("friend", start)
	deadline := g.Deadline
	if !g.Leave("leader", "friend", start) || g.LeaderID != "friend" || g.State != Open || g.Deadline != deadline {
		t.Errorf("after the leader left: %s leads a group that is %s until %s", g.LeaderID, g.State, g.Deadline)
	}
	if !g.Leave("friend", "", start) || g.State != Cancelled {
		t.Errorf("after the last one left: %s, want CANCELLED", g.State)
	}
	if g.Leave("friend", "", start) {
		t.Error("left a group that is over")
	}
}

func TestTheLeadersFailureAbortsInSilence(t *testing.T) {
	g := Start("g", "c", "leader", rules(2, 2), start)
	if !g.Release("leader", "declined", start) || g.State != Aborted || len(events(g.Trail())) != 0 || g.FanOutShard.Valid {
		t.Errorf("group = %s, and others were told", g.State)
	}
}

// TestAnyWay plays random steps at random times and holds the group to what must be true of it always.
func TestAnyWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		min := rapid.Int64Range(2, 4).Draw(t, "min")
		g := Start("g", "c", "leader", rules(min, min+rapid.Int64Range(0, 3).Draw(t, "more")), start)
		held, confirmed := []string{"leader"}, []string{}
		now, formed, decided := start, false, Pending
		var trail []Transition
		for step := range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "seconds")) * time.Second)
			switch rapid.SampledFrom([]string{"join", "confirm", "release", "leave", "forgo", "due"}).Draw(t, "verb") {
			case "join":
				if user := string(rune('a' + step)); g.Join(user, now) == nil {
					held = append(held, user)
				}
			case "confirm":
				if len(held) > 0 && g.Confirm(held[0], now) {
					held, confirmed = held[1:], append(confirmed, held[0])
				}
			case "release":
				if len(held) > 0 && g.Release(held[0], "hold over", now) {
					held = held[1:]
				}
			case "leave":
				if len(confirmed) > 0 && g.Leave(confirmed[0], append(confirmed, "", "")[1], now) {
					confirmed = confirmed[1:]
				}
			case "forgo":
				if len(confirmed) > 0 && g.Forgo(confirmed[0], now) {
					confirmed = confirmed[1:]
				}
			case "due":
				g.Due(now)
			}
			formed = formed || g.State == Formed || g.State == Settled
			trail = append(trail, g.Trail()...)
			invariants(t, g, trail, int64(len(held)), int64(len(confirmed)), formed)
			if decided != Pending && g.State != decided {
				t.Fatalf("decided %s, then %s", decided, g.State)
			}
			if g.Decided() {
				decided = g.State
			}
		}
	})
}

func invariants(t *rapid.T, g *Group, trail []Transition, held, confirmed int64, formed bool) {
	if g.Held != held || g.Confirmed != confirmed {
		t.Fatalf("counts are %d held, %d confirmed, want %d and %d in %s", g.Held, g.Confirmed, held, confirmed, g.State)
	}
	if g.Held+g.Confirmed > g.MaxSize {
		t.Fatalf("%d members in a group for %d", g.Held+g.Confirmed, g.MaxSize)
	}
	if formed && g.State != Formed && g.State != Settled {
		t.Fatalf("formed, then %s", g.State)
	}
	var terminal int
	for i, tr := range trail {
		if tr.After.Version != int64(i+1) {
			t.Fatalf("version %d at place %d", tr.After.Version, i)
		}
		switch tr.Event {
		case "group.settled", "group.expired", "group.cancelled":
			terminal++
		}
	}
	if terminal > 1 {
		t.Fatalf("%d terminal events", terminal)
	}
}
