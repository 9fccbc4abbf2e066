package main

import (
	"net/http"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

func TestOrderPaidEarns(t *testing.T) {
	w := start(t)
	type earning struct {
		Rule       points.Rule
		CustomerID string
		Points     int64
	}
	tests := []struct {
		name   string
		budget int64
		event  func(m *orderv1.OrderEvent)
		want   []earning
	}{
		{name: "a member invited by the leader", budget: 1000, event: func(*orderv1.OrderEvent) {}, want: []earning{
			{points.Member, "hanako", 100}, {points.Inviter, "leader", 30},
		}},
		{name: "the leader", budget: 1000, event: func(m *orderv1.OrderEvent) { m.CustomerId, m.InviterId = "leader", "" }, want: []earning{
			{points.Member, "leader", 100}, {points.Leader, "leader", 50},
		}},
		{name: "nobody invites themselves", budget: 1000, event: func(m *orderv1.OrderEvent) { m.InviterId = "hanako" }, want: []earning{
			{points.Member, "hanako", 100},
		}},
		{name: "bought alone", budget: 1000, event: func(m *orderv1.OrderEvent) { m.GroupId, m.CampaignId, m.LeaderId, m.InviterId = "", "", "", "" }},
		{name: "a campaign without a programme", budget: 1000, event: func(m *orderv1.OrderEvent) { m.CampaignId = id.New("cmp") }},
		{name: "an exhausted budget", budget: 0, event: func(*orderv1.OrderEvent) {}},
		{name: "a budget for one more", budget: 110, event: func(*orderv1.OrderEvent) {}, want: []earning{{points.Member, "hanako", 100}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			campaign, orderID := id.New("cmp"), id.New("ord")
			w.programme(campaign, tt.budget)
			m := bought(orderID, campaign, "hanako")
			tt.event(m)
			w.deliver(w.orderEvent("order.paid", m))

			rows, err := spandb.Rows[points.Earning](t.Context(), w.db.Single(), "Earnings", spanner.Key{orderID}.AsPrefix())
			if err != nil {
				t.Fatal(err)
			}
			var got []earning
			var sum int64
			for _, r := range rows {
				got = append(got, earning{r.Rule, r.CustomerID, r.Points})
				sum += r.Points
			}
			less := func(a, b earning) bool { return a.Rule < b.Rule }
			if diff := cmp.Diff(tt.want, got, cmpopts.SortSlices(less)); diff != "" {
				t.Errorf("earnings (-want +got):\n%s", diff)
			}
			if given := w.given(campaign); given != sum {
				t.Errorf("the campaign has given %d, want %d", given, sum)
			}
		})
	}
	w.wantBalance("hanako", balance{Pending: 300})
	w.wantBalance("leader", balance{Pending: 180})
	w.wantSound()
}

func TestOrderPaidPublishesEachEarningOnce(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	w.deliver(w.orderEvent("order.paid", bought(id.New("ord"), campaign, "hanako")))
	for range 2 {
		var m rewardv1.PointsEvent
		e := w.WaitEvent("points.earned")
		e.Decode(t, &m)
		want := map[string]int64{"hanako": 100, "leader": 30}[m.GetCustomerId()]
		if m.GetPoints() != want || m.GetCampaignId() != campaign || e.Attributes["ce-id"] != "points/"+m.GetEntryId()+"/1" {
			t.Errorf("points.earned %v: %v", e.Attributes, &m)
		}
	}
	w.wantSound()
	if n := len(w.Events()); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

func TestOrderPaidSpendsPoints(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	orderID := id.New("ord")
	if err := w.hold(orderID, "hanako", 60); err != nil {
		t.Fatal(err)
	}
	m := bought(orderID, "", "hanako")
	m.GroupId, m.Points = "", 60
	w.deliver(w.orderEvent("order.paid", m))
	w.wantBalance("hanako", balance{Available: 40})
	w.wantKinds("hanako", points.KindEarn, points.KindVest, points.KindHold, points.KindCommit)
	w.wantSound()
}

func TestOrderPaidSpendsPointsWhoseHoldWasReleased(t *testing.T) {
	w := start(t)
	w.fund("hanako")
	orderID := id.New("ord")
	if err := w.hold(orderID, "hanako", 60); err != nil {
		t.Fatal(err)
	}
	w.release(orderID)
	m := bought(orderID, "", "hanako")
	m.GroupId, m.Points = "", 60
	w.deliver(w.orderEvent("order.paid", m))
	w.wantBalance("hanako", balance{Available: 40})
	w.wantSound()
}

func TestOrderPaidWithoutAnOrderIsRefusedForGood(t *testing.T) {
	w := start(t)
	e := testenv.NewEvent(w.t, "order", "order.paid", "order/x", 1, &orderv1.OrderEvent{CustomerId: "hanako"})
	if code := w.Deliver(w.base, e); code/100 != 2 {
		t.Errorf("status %d, want 2xx", code)
	}
	if got := w.WaitEvent("order.paid").Topic; got != "order-reward-dead" {
		t.Errorf("went to topic %q", got)
	}
}

func TestEventsFromOthersThanPubSubAreRefused(t *testing.T) {
	w := start(t)
	res, err := w.AsService("order").Post(w.base+"/events/order", "application/json", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 4 {
		t.Errorf("status %d, want 4xx", res.StatusCode)
	}
}
