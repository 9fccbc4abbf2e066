package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// Two people take the last seat at the same moment: one gets it, the other is told GROUP_FULL with the ways on, and is
// charged nothing.
func TestLastSeat(t *testing.T) {
	t.Parallel()
	p := starts(t, shop.JSON)
	jiro := must(open.Buyer(t.Context(), shop.GRPC, "jiro", "pm_card_visa"))(t)
	another := must(jiro.Order.Checkout(t.Context(), jiro.Start(p.goods, 1)))(t) // a group that the loser may go to

	racers := []*shop.Person{p.taro, must(open.Buyer(t.Context(), shop.GRPC, "saburo", "pm_card_visa"))(t)}
	won, lost := race(t, p, racers)
	if len(won) != 1 || len(lost) != 1 {
		t.Fatalf("%d took the last seat, %d lost it", len(won), len(lost))
	}
	for _, id := range []string{p.first.GetOrder().GetOrderId(), won[0].answer.GetOrder().GetOrderId()} {
		order(t, id, "PAID")
		charged(t, id, held, held)
	}
	stock(t, p.goods, 8, 1)
	ways := loses(t, lost[0])
	if len(ways.GetGroups()) != 1 || ways.GetGroups()[0].GetGroup().GetGroupId() != another.GetGroup().GetGroupId() {
		t.Fatalf("offered instead: %v", ways.GetGroups())
	}
	loser := lost[0].who // for whom the way on leads somewhere
	instead := must(loser.Order.Checkout(t.Context(), loser.Join(ways.GetGroups()[0].GetInvite(), p.goods, 1)))(t)
	order(t, instead.GetOrder().GetOrderId(), "PAID")
	stock(t, p.goods, 6, 0)
}

// The same with a crowd, and two seats.
func TestLastSeatsInACrowd(t *testing.T) {
	t.Parallel()
	crowded := sale()
	crowded.Tiers, crowded.Stock = []shop.Tier{{Size: 3, Price: 1480}}, 20
	p := &pair{goods: must(open.Sell(t.Context(), crowded))(t)}
	p.hanako = must(open.Buyer(t.Context(), shop.JSON, "hanako", "pm_card_visa"))(t)
	p.first = must(p.hanako.Order.Checkout(t.Context(), p.hanako.Start(p.goods, 1)))(t)
	var racers []*shop.Person
	for i := range 12 {
		racers = append(racers, must(open.Buyer(t.Context(), shop.Wires[i%len(shop.Wires)], "racer", "pm_card_visa"))(t))
	}
	won, lost := race(t, p, racers)
	if len(won) != 2 || len(lost) != 10 {
		t.Fatalf("%d took the last two seats, %d lost them", len(won), len(lost))
	}
	for _, w := range won {
		order(t, w.answer.GetOrder().GetOrderId(), "PAID")
		charged(t, w.answer.GetOrder().GetOrderId(), held, held)
	}
	order(t, p.first.GetOrder().GetOrderId(), "PAID")
	stock(t, p.goods, 17, 0)
	for _, l := range lost {
		loses(t, l)
	}
}

// outcome is how a race ended for one of its runners.
type outcome struct {
	who    *shop.Person
	answer *orderv1.CheckoutResponse
	err    error
}

// race has all of them join at once.
func race(t *testing.T, p *pair, racers []*shop.Person) (won, lost []outcome) {
	t.Helper()
	ended := make([]outcome, len(racers))
	gate := make(chan struct{})
	var running sync.WaitGroup
	for i, who := range racers {
		running.Go(func() {
			req := who.Join(p.first.GetInvite(), p.goods, 1)
			<-gate
			answer, err := insist(t.Context(), who, req)
			ended[i] = outcome{who, answer, err}
		})
	}
	close(gate)
	running.Wait()
	for _, o := range ended {
		if o.err == nil {
			won = append(won, o)
		} else {
			lost = append(lost, o)
		}
	}
	return won, lost
}

// insist repeats a checkout while it is told that waiting helps, or told nothing, as an app does.
func insist(ctx context.Context, who *shop.Person, req *orderv1.CheckoutRequest) (answer *orderv1.CheckoutResponse, err error) {
	again := shop.Until(ctx, time.Minute, func(ctx context.Context) error {
		answer, err = who.Order.Checkout(ctx, req)
		switch code := connect.CodeOf(err); {
		case err != nil && fault.ReasonOf(err) == "": // the connection broke
			return err
		case code == connect.CodeAborted, code == connect.CodeUnavailable, code == connect.CodeResourceExhausted:
			return err
		}
		return nil
	})
	if again != nil {
		return nil, again
	}
	return answer, err
}

// loses holds what a loser is told, and that nothing was asked of their card. It answers the ways on.
func loses(t *testing.T, l outcome) *orderv1.WaysOn {
	t.Helper()
	refused(t, l.err, connect.CodeFailedPrecondition, fault.GroupFull)
	untouched(t, l.who)
	return waysOn(t, l.err)
}
