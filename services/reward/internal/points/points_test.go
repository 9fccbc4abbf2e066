package points

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func earning(rule Rule) Earning { return NewEarning("ord_1", rule, "hanako", "cmp_1", 100) }

func clawed(n int64, vested bool) Earning {
	e := earning(Member)
	e.ClawedBack, e.Vested = n, vested
	return e
}

func TestJournals(t *testing.T) {
	tests := []struct {
		name    string
		journal Journal
		balance Balance // after it, from nothing
		points  int64   // what the customer sees
		order   string
	}{
		{"earn", earning(Member).Earn(), Balance{Pending: 100}, 100, "ord_1"},
		{"earn by inviting names no friend's order", earning(Inviter).Earn(), Balance{Pending: 100}, 100, ""},
		{"vest", earning(Leader).Vest(), Balance{Pending: -100, Available: 100}, 0, "ord_1"},
		{"vest what refunds left", clawed(30, false).Vest(), Balance{Pending: -70, Available: 70}, 0, "ord_1"},
		{"claw back pending", earning(Member).Clawback("re_1", 40), Balance{Pending: -40}, -40, "ord_1"},
		{"claw back vested", clawed(0, true).Clawback("re_1", 40), Balance{Available: -40}, -40, "ord_1"},
		{"hold", Hold("ord_1", 1, "hanako", 30), Balance{Available: -30, Held: 30}, -30, "ord_1"},
		{"release", Release("ord_1", 1, "hanako", 30), Balance{Available: 30, Held: -30}, 30, "ord_1"},
		{"commit", Commit("ord_1", "hanako", 30, 30), Balance{Held: -30}, 0, "ord_1"},
		{"commit without a hold", Commit("ord_1", "hanako", 0, 30), Balance{Available: -30}, -30, "ord_1"},
		{"commit less than held", Commit("ord_1", "hanako", 30, 20), Balance{Available: 10, Held: -30}, 10, "ord_1"},
		{"return", Return("ord_1", "hanako", 30), Balance{Available: 30}, 30, "ord_1"},
	}
	ids := map[string]string{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.journal.check(); err != nil {
				t.Error(err)
			}
			var b Balance
			b.Apply(tt.journal)
			if diff := cmp.Diff(tt.balance, b); diff != "" {
				t.Errorf("balance (-want +got):\n%s", diff)
			}
			if tt.journal.Points != tt.points || tt.journal.OrderID != tt.order {
				t.Errorf("the customer sees %d points of %q, want %d of %q", tt.journal.Points, tt.journal.OrderID, tt.points, tt.order)
			}
		})
		ids[tt.journal.ID] = tt.name
	}
	if len(ids) != 9 {
		t.Errorf("%d ids, want 9: an event is its natural key, whatever the amount", len(ids))
	}
}

func TestNaturalKeys(t *testing.T) {
	same := []Journal{Hold("o", 1, "hanako", 3), Hold("o", 1, "hanako", 4)}
	if same[0].ID != same[1].ID {
		t.Error("one event has two ids")
	}
	others := []Journal{
		Hold("o", 1, "hanako", 3), Hold("o", 2, "hanako", 3), Release("o", 1, "hanako", 3), Return("o", "hanako", 3),
		NewEarning("o", Member, "hanako", "c", 3).Earn(), NewEarning("o", Leader, "hanako", "c", 3).Earn(),
		NewEarning("o", Member, "taro", "c", 3).Earn(), NewEarning("o", Member, "hanako", "c", 3).Vest(),
		NewEarning("o", Member, "hanako", "c", 3).Clawback("r1", 1), NewEarning("o", Member, "hanako", "c", 3).Clawback("r2", 1),
	}
	ids := map[string]bool{}
	for _, j := range others {
		ids[j.ID] = true
	}
	if len(ids) != len(others) {
		t.Errorf("%d ids for %d events", len(ids), len(others))
	}
}

func TestCheckRefusesWhatDoesNotSumToZero(t *testing.T) {
	for _, j := range []Journal{
		{Kind: KindEarn},
		journal(KindEarn, "hanako", "", nil, Entry{Account: Pending, Holder: "hanako", Points: 1}),
		journal(KindEarn, "hanako", "", nil, Entry{Account: Pending, Holder: "hanako", Points: 1}, Entry{Account: Issuer, Points: -2}),
	} {
		if j.check() == nil {
			t.Errorf("%+v passed", j)
		}
	}
}

func TestDue(t *testing.T) {
	tests := []struct {
		name               string
		earning            Earning
		refunded, captured int64
		want               int64
	}{
		{"all", earning(Member), 3000, 3000, 100},
		{"a third, rounded down", earning(Member), 1000, 3000, 33},
		{"the rest", clawed(33, false), 3000, 3000, 67},
		{"the same refund again", clawed(33, false), 1000, 3000, 0},
		{"an older refund late", clawed(100, false), 1000, 3000, 0},
		{"nothing refunded", earning(Member), 0, 3000, 0},
		{"more than captured", earning(Member), 4000, 3000, 100},
	}
	for _, tt := range tests {
		if got := tt.earning.Due(tt.refunded, tt.captured); got != tt.want {
			t.Errorf("%s: Due = %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestNewEarningKnowsItsJournal(t *testing.T) {
	e := earning(Member)
	want := Earning{OrderID: "ord_1", Rule: Member, CustomerID: "hanako", CampaignID: "cmp_1", Points: 100, JournalID: e.Earn().ID}
	if diff := cmp.Diff(want, e, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
