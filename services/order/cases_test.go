package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// Cases that the shop must survive, by the numbers of docs/proof.md. Those not here have their test beside the verb.

func TestCaseA4TheSameRequestADayLater(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	first := s.buy("hanako", req).GetOrder()
	s.buy("taro", join(c, s.buy("hanako", req).GetInvite()))
	s.w.Advance(25 * time.Hour) // the provider has forgotten its keys
	again := s.buy("hanako", req).GetOrder()
	if again.GetOrderId() != first.GetOrderId() || again.GetState() != orderv1.OrderState_ORDER_STATE_CONFIRMED {
		t.Errorf("a day later: %v", again)
	}
	if n := s.authorisations(first.GetOrderId()); n != 1 {
		t.Errorf("payment was asked %d times", n)
	}
}

func TestCaseA5TwoRequestsForOneCart(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.fill("hanako", 3, &cartv1.Line{Sku: c.Skus[0], Quantity: 2})
	errs := atOnce(6, func(int) error {
		req := start(c)
		req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 3}}, yen(2950)
		_, err := s.insists("hanako", req)
		return err
	})
	if n := succeeded(t, errs, fault.CartChanged); n != 1 {
		t.Errorf("%d orders of one cart", n)
	}
	for _, err := range errs {
		if err != nil && fault.Meta(err, "order_id") == "" {
			t.Errorf("%v does not name the order", err)
		}
	}
	s.wantCounts(c.Skus[0], 8, 0)
	s.verify()
}

// TestCaseA7PaymentRacesTheEndOfTheGrace lets the grace end while the last payment and the tasks come in: whoever commits
// first decides, all at one outcome.
func TestCaseA7PaymentRacesTheEndOfTheGrace(t *testing.T) {
	t.Parallel()
	s := open(t)
	for range 3 {
		c := s.campaign(2, 2, 10)
		first := s.buy("hanako", start(c))
		groupID, leader := first.GetGroup().GetGroupId(), first.GetOrder().GetOrderId()
		s.w.Advance(24*time.Hour - time.Minute)
		late := s.buy("taro", silent(join(c, first.GetInvite()))).GetOrder().GetOrderId()
		end := first.GetGroup().GetDeadline().AsTime().Add(group.Grace)
		s.w.Advance(end.Sub(s.w.Clock().Now()) - 40*time.Millisecond)
		atOnce(4, func(i int) error {
			if i == 0 {
				s.authorised(late)
				return nil
			}
			_, err := s.by("tasks").ReachDeadline(t.Context(), &orderv1.ReachDeadlineRequest{GroupId: groupID})
			return err
		})
		s.w.Advance(time.Minute)
		testenv.Eventually(t, func() error {
			if state := s.order("hanako", leader).GetState(); state == orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
				return errors.New("nothing is decided")
			}
			return nil
		})
		formed := s.group("hanako", groupID).GetGroup().GetState() == orderv1.GroupState_GROUP_STATE_SETTLED
		want := orderv1.OrderState_ORDER_STATE_CANCELLED
		if formed {
			want = orderv1.OrderState_ORDER_STATE_CONFIRMED
		}
		s.becomes("hanako", leader, want)
		s.becomes("taro", late, want)
		testenv.Eventually(t, func() error {
			ends := s.happened("group.settled", "group/"+groupID) + s.happened("group.expired", "group/"+groupID)
			return differ("terminal events", ends, 1)
		})
	}
	s.verify()
}

func TestCaseA8LeavingRacesForming(t *testing.T) {
	t.Parallel()
	s := open(t)
	for range 3 {
		c := s.campaign(3, 3, 10)
		first := s.buy("hanako", start(c))
		leaves := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
		pays := s.buy("jiro", silent(join(c, first.GetInvite()))).GetOrder().GetOrderId()
		for _, err := range atOnce(2, func(i int) error {
			if i == 0 {
				s.authorised(pays)
				return nil
			}
			_, err := s.cancel("taro", leaves)
			return err
		}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		o, g := s.order("taro", leaves), s.group("hanako", first.GetGroup().GetGroupId()).GetGroup()
		left := o.GetCancelReason() == orderv1.CancelReason_CANCEL_REASON_LEFT_GROUP && g.GetState() == orderv1.GroupState_GROUP_STATE_OPEN && g.GetConfirmed() == 2
		formed := o.GetCancelReason() == orderv1.CancelReason_CANCEL_REASON_CUSTOMER && g.GetState() == orderv1.GroupState_GROUP_STATE_SETTLED && g.GetConfirmed() == 3
		if !left && !formed {
			t.Errorf("order is %s for %s, group is %s with %d", o.GetState(), o.GetCancelReason(), g.GetState(), g.GetConfirmed())
		}
	}
	s.verify()
}

func TestCaseA9OneMembershipHoweverManyAsk(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 5, 100)
	one, other := s.buy("hanako", start(c)).GetInvite(), s.buy("taro", start(c)).GetInvite()
	errs := atOnce(9, func(i int) error {
		req := []*orderv1.CheckoutRequest{join(c, one), join(c, other), start(c)}[i%3]
		_, err := s.insists("jiro", req)
		return err
	})
	if n := succeeded(t, errs, fault.AlreadyJoined); n != 1 {
		t.Errorf("%d memberships of one user in one campaign", n)
	}
	s.wantCounts(c.Skus[0], 100, 3)
	s.verify()
}

func TestCaseB7AnEventBeforeItsCauseComesAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, typ := range []string{"payment.authorised", "payment.failed", "payment.captured", "payment.capture_failed"} {
		e := testenv.NewEvent(t, "payment", typ, "payment/pay_a", 2, &paymentv1.PaymentEvent{PaymentId: "pay_a", OrderId: "ord_not_seen_yet"})
		if status := s.w.Deliver(s.base, e); status != http.StatusServiceUnavailable {
			t.Errorf("%s was answered %d, want it to come again", typ, status)
		}
	}
	if n := count(t, s, "Orders"); n != 0 {
		t.Errorf("%d orders were invented", n)
	}
}

func TestCaseB8TasksAtTheSameInstant(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	groupID := first.GetGroup().GetGroupId()
	s.w.WaitTask("order-deadline")
	s.w.Advance(24 * time.Hour)
	tasks := s.by("tasks")
	for _, err := range atOnce(8, func(i int) error {
		_, err := tasks.ReachDeadline(t.Context(), &orderv1.ReachDeadlineRequest{GroupId: groupID})
		_, err2 := tasks.FanOut(t.Context(), &orderv1.FanOutRequest{GroupId: groupID})
		return errors.Join(err, err2)
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	o := s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	if o.GetVersion() != 3 {
		t.Errorf("the order has gone through %d transitions, want 3", o.GetVersion())
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

// TestCaseB9AllTasksLost plays a group to its end with no task at all: the minute tick alone.
func TestCaseB9AllTasksLost(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	c := s.campaign(2, 3, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	dead := s.buy("jiro", silent(start(c))).GetOrder().GetOrderId() // payment knows more than it said
	s.answer(dead, paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	s.w.Advance(time.Minute)
	s.tick()
	s.becomes("jiro", dead, orderv1.OrderState_ORDER_STATE_AWAITING_GROUP)
	s.w.Advance(24 * time.Hour)
	s.tick() // the deadlines
	s.tick() // the outcomes
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.becomes("taro", second, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.becomes("jiro", dead, orderv1.OrderState_ORDER_STATE_CANCELLED)
	s.wantCounts(c.Skus[0], 8, 0)
	s.verify()
}

func (s *shop) tick() {
	s.t.Helper()
	if _, err := s.by("scheduler").Sweep(s.t.Context(), &orderv1.SweepRequest{}); err != nil {
		s.t.Fatal(err)
	}
}

func TestCaseB10TheTickTwiceAndThenNotForLong(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	c := s.campaign(2, 2, 10)
	var orders []string
	for i := range 5 {
		orders = append(orders, s.buy("user-"+string(rune('a'+i)), start(c)).GetOrder().GetOrderId())
	}
	s.w.Advance(30 * time.Hour) // many ticks have been missed
	for range 2 {
		atOnce(4, func(int) error { s.tick(); return nil })
	}
	for i, orderID := range orders {
		o := s.becomes("user-"+string(rune('a'+i)), orderID, orderv1.OrderState_ORDER_STATE_CANCELLED)
		if o.GetVersion() != 3 || o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_GROUP_EXPIRED {
			t.Errorf("order = %v", o)
		}
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

// TestCaseD3AZombieFindsItsOrderFinished lets a checkout sleep on payment's answer until its hold is over and the unit sold
// to somebody else, and then go on.
func TestCaseD3AZombieFindsItsOrderFinished(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 1)
	asleep, wake := make(chan string), make(chan struct{})
	var once sync.Once
	s.mu.Lock()
	s.onAsk = func(_ context.Context, orderID string) { once.Do(func() { asleep <- orderID; <-wake }) }
	s.mu.Unlock()
	type answer struct {
		res *orderv1.CheckoutResponse
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		res, err := s.as("hanako").Checkout(t.Context(), start(c))
		answered <- answer{res, err}
	}()
	orderID := <-asleep
	s.w.Advance(holdFor)
	s.becomes("hanako", orderID, orderv1.OrderState_ORDER_STATE_CANCELLED)
	s.buy("taro", start(c))
	close(wake) // with the news that the money is held
	if a := <-answered; a.err != nil || a.res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED {
		t.Errorf("the zombie was answered %v, %v", a.res, a.err)
	}
	s.wantCounts(c.Skus[0], 1, 1)
	s.verify()
}

// TestEventsTwiceAndShuffled delivers all that payment has to tell of a group's orders three times over in any order.
func TestEventsTwiceAndShuffled(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 4, 10)
	first := s.buy("hanako", start(c))
	users := []string{"taro", "jiro", "saburo"}
	orders := map[string]string{}
	var events []testenv.Event
	for i, user := range users {
		orders[user] = s.buy(user, silent(join(c, first.GetInvite()))).GetOrder().GetOrderId()
		typ := []string{"payment.authorised", "payment.authorised", "payment.failed"}[i]
		for range 3 {
			events = append(events, testenv.NewEvent(t, "payment", typ, "payment/"+s.paymentOf(orders[user]), 2, &paymentv1.PaymentEvent{
				PaymentId: s.paymentOf(orders[user]), OrderId: orders[user],
			}))
		}
	}
	rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	atOnce(len(events), func(i int) error { s.w.DeliverTwice(s.base, events[i]); return nil })
	s.w.Advance(24 * time.Hour)
	for _, user := range users[:2] {
		if o := s.becomes(user, orders[user], orderv1.OrderState_ORDER_STATE_CONFIRMED); o.GetVersion() != 3 {
			t.Errorf("%s's order has gone through %d transitions", user, o.GetVersion())
		}
	}
	if o := s.becomes("saburo", orders["saburo"], orderv1.OrderState_ORDER_STATE_CANCELLED); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_PAYMENT_FAILED {
		t.Errorf("order = %v", o)
	}
	s.wantCounts(c.Skus[0], 7, 0)
	s.verify()
}

// TestTwoOfOneUserInOneBatch has the same user start two groups of a campaign in the same transaction.
func TestTwoOfOneUserInOneBatch(t *testing.T) {
	t.Parallel()
	var inside atomic.Pointer[server]
	s := openWith(t, serving(&inside))
	c := s.campaign(2, 2, 10) // by then it serves
	srv := inside.Load()
	key := "campaign/" + c.CampaignId
	began, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	first := make(chan error, 1)
	go func() {
		first <- srv.hot.do(t.Context(), key, "test", needs{}, func(*work) error {
			once.Do(func() { close(began) })
			<-leave
			return nil
		})
	}()
	<-began
	answers := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := s.insists("hanako", start(c))
			answers <- err
		}()
	}
	testenv.Eventually(t, func() error {
		srv.hot.mu.Lock()
		defer srv.hot.mu.Unlock()
		return differ("waiting", len(srv.hot.lanes[srv.hot.lane(key)].waiting), 2)
	})
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if n := succeeded(t, []error{<-answers, <-answers}, fault.AlreadyJoined); n != 1 {
		t.Errorf("%d groups of one user in one campaign", n)
	}
	s.wantCounts(c.Skus[0], 10, 1)
	s.verify()
}

// count answers how many rows a table has.
func count(t testing.TB, s *shop, table string) int64 {
	t.Helper()
	got, _, err := spandb.One[struct{ N int64 }](t.Context(), s.db.Single(), "count", spanner.NewStatement("SELECT COUNT(*) AS N FROM "+table))
	if err != nil {
		t.Fatal(err)
	}
	return got.N
}
