package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func (s *shop) groupEvent(id, campaignID string, version int64, change func(*orderv1.GroupEvent)) testenv.Event {
	g := &orderv1.GroupEvent{
		GroupId: id, CampaignId: campaignID, Version: version, State: orderv1.GroupState_GROUP_STATE_OPEN, Confirmed: 1, MinSize: 2, MaxSize: 10,
		Deadline: timestamppb.New(s.Clock().Now().Add(12 * time.Hour)), OccurTime: timestamppb.New(s.Clock().Now()),
	}
	change(g)
	return testenv.NewEvent(s.t, "group", "group.joined", "group/"+id, version, g)
}

func (s *shop) group(id, campaignID string, version int64, change func(*orderv1.GroupEvent)) {
	s.t.Helper()
	s.DeliverTwice(s.base, s.groupEvent(id, campaignID, version, change))
}

// heatOf adds up what is stored of a campaign's heat.
func (s *shop) heatOf(campaignID string) (open, members int64) {
	s.t.Helper()
	snaps, err := s.db.Collection("heat").Where("campaign_id", "==", campaignID).Documents(s.ctx).GetAll()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, snap := range snaps {
		open += snap.Data()["open_groups"].(int64)
		members += snap.Data()["members"].(int64)
	}
	return open, members
}

func TestHeat(t *testing.T) {
	s := open(t)
	c := s.offer("c1", s.sell("r1")).GetCampaignId()
	is := func(step string, wantOpen, wantMembers int64) {
		t.Helper()
		if open, members := s.heatOf(c); open != wantOpen || members != wantMembers {
			t.Errorf("%s: %d open groups and %d members, want %d and %d", step, open, members, wantOpen, wantMembers)
		}
		s.verified()
	}
	s.group("grp_1", c, 1, func(*orderv1.GroupEvent) {})
	is("one opened", 1, 1)
	s.group("grp_1", c, 3, func(g *orderv1.GroupEvent) { g.Confirmed = 3 })
	s.group("grp_1", c, 2, func(g *orderv1.GroupEvent) { g.Confirmed = 2 }) // late
	is("joined", 1, 3)
	s.group("grp_2", c, 4, func(g *orderv1.GroupEvent) { g.State, g.Confirmed = orderv1.GroupState_GROUP_STATE_EXPIRED, 1 })
	s.group("grp_2", c, 1, func(*orderv1.GroupEvent) {}) // its opening, heard after its end
	is("one expired", 1, 3)
	s.group("grp_1", c, 5, func(g *orderv1.GroupEvent) { g.State, g.Confirmed = orderv1.GroupState_GROUP_STATE_SETTLED, 10 })
	is("settled", 0, 10)
	s.Advance(9 * 24 * time.Hour)
	s.sweep(4) // two groups, two requests
	s.sweep(0)
	is("nine days later", 0, 0)
	if n := s.count("groups"); n != 0 {
		t.Errorf("%d groups are remembered, want none", n)
	}
	told, err := s.db.Collection("changes").Where("cause", "==", "forgotten/grp_1@5").Documents(s.ctx).GetAll()
	if err != nil || len(told) != 1 {
		t.Errorf("the feed tells of %d groups that counted and are forgotten, %v; want the settled one", len(told), err)
	}
}

// Many groups of one campaign at once: nobody waits for anybody, and nothing is lost.
func TestHotHeat(t *testing.T) {
	s := open(t)
	c := s.offer("c1", s.sell("r1")).GetCampaignId()
	const groups = 32
	codes := make(chan int)
	for i := range groups {
		go func() {
			codes <- s.Deliver(s.base, s.groupEvent(fmt.Sprint("grp_", i), c, 1, func(*orderv1.GroupEvent) {}))
		}()
	}
	for range groups {
		if code := <-codes; code != http.StatusNoContent {
			t.Errorf("HTTP %d", code)
		}
	}
	if open, members := s.heatOf(c); open != groups || members != groups {
		t.Errorf("%d open groups and %d members, want %d of each", open, members, groups)
	}
}

func TestGroupEventRefused(t *testing.T) {
	s := open(t)
	event := s.groupEvent("grp_1", "cmp_a", 1, func(g *orderv1.GroupEvent) { g.State = 0 })
	if code := s.Deliver(s.base, event); code != http.StatusNoContent {
		t.Errorf("HTTP %d, want it dead-lettered", code)
	}
	s.WaitEvent("group.joined")
	if code := s.Deliver(s.base, s.groupEvent("grp_1", "cmp_unheard", 1, func(*orderv1.GroupEvent) {})); code != http.StatusServiceUnavailable {
		t.Errorf("a campaign unheard of: HTTP %d, want another try", code)
	}
}
