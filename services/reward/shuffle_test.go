package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

// story is what truly happened to one group order, in this order: it was paid or not, completed or not, cancelled or not,
// refunded in steps or not.
type story struct {
	m                          *orderv1.OrderEvent
	paid, completed, cancelled bool
	refunds                    []int64 // all refunds together, after each
}

// ends are the ways in which an order can go.
var ends = []story{
	{paid: true},
	{cancelled: true},
	{paid: true, completed: true},
	{paid: true, cancelled: true, refunds: []int64{3000}},
	{paid: true, completed: true, refunds: []int64{1000, 2500}},
}

func drawStory(t *rapid.T, campaign string, who []string) story {
	s := story{m: bought(id.New("ord"), campaign, rapid.SampledFrom(who).Draw(t, "customer"))}
	s.m.LeaderId = rapid.SampledFrom(who).Draw(t, "leader")
	s.m.InviterId = rapid.SampledFrom(append(who, "")).Draw(t, "inviter")
	end := rapid.SampledFrom(ends).Draw(t, "end")
	s.paid, s.completed, s.cancelled, s.refunds = end.paid, end.completed, end.cancelled, end.refunds
	return s
}

func (s story) events(w *world) []testenv.Event {
	var es []testenv.Event
	if s.paid {
		es = append(es, w.orderEvent("order.paid", s.m))
	}
	if s.completed {
		es = append(es, w.orderEvent("order.completed", s.m))
	}
	if s.cancelled {
		es = append(es, w.orderEvent("order.cancelled", s.m))
	}
	for _, r := range s.refunds {
		es = append(es, w.refund(s.m.GetOrderId(), fmt.Sprintf("re_%s_%d", s.m.GetOrderId(), r), r))
	}
	return es
}

// tell adds to the model's balances what the story amounts to, whatever the order in which it is heard.
func (s story) tell(want map[string]balance) {
	if !s.paid || s.cancelled {
		return
	}
	give := func(who string, n int64) {
		if len(s.refunds) > 0 {
			n -= n * s.refunds[len(s.refunds)-1] / 3000
		}
		b := want[who]
		if s.completed {
			b.Available += n
		} else {
			b.Pending += n
		}
		want[who] = b
	}
	give(s.m.GetCustomerId(), 100)
	if s.m.GetLeaderId() == s.m.GetCustomerId() {
		give(s.m.GetCustomerId(), 50)
	}
	if i := s.m.GetInviterId(); i != "" && i != s.m.GetCustomerId() {
		give(i, 30)
	}
}

// TestEventsInAnyOrder tells stories with every event twice, shuffled, and again what asked to be told again. However they
// are told, the balances must be the model's and every invariant must hold.
func TestEventsInAnyOrder(t *testing.T) {
	w := start(t)
	rapid.Check(t, func(t *rapid.T) {
		campaign, tag := id.New("cmp"), id.New("")
		w.programme(campaign, 1_000_000)
		who := []string{"a" + tag, "b" + tag, "c" + tag}
		want := map[string]balance{}
		var events []testenv.Event
		for range rapid.IntRange(1, 6).Draw(t, "orders") {
			s := drawStory(t, campaign, who)
			s.tell(want)
			events = append(events, append(s.events(w), s.events(w)...)...)
		}
		events = rapid.Permutation(events).Draw(t, "as told")
		for round := 0; len(events) > 0; round++ {
			if round > 5 {
				t.Fatalf("%d events are never done", len(events))
			}
			events = w.again(t, events)
		}
		for _, c := range who {
			if diff := cmp.Diff(want[c], w.balance(c)); diff != "" {
				t.Fatalf("balance of %s (-want +got):\n%s", c, diff)
			}
		}
	})
	w.wantSound()
}

// again delivers events and answers those that asked to be told again.
func (w *world) again(t *rapid.T, events []testenv.Event) []testenv.Event {
	var later []testenv.Event
	for _, e := range events {
		switch code := w.Deliver(w.base, e); {
		case code == http.StatusServiceUnavailable:
			later = append(later, e)
		case code/100 != 2:
			t.Fatalf("%s: status %d", e.Type(), code)
		}
	}
	return later
}
