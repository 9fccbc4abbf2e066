package main

import (
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"connectrpc.com/connect"
	"google.golang.org/grpc/codes"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// What goes wrong in other shops that sell to groups, by the numbers of docs/proof.md. Those not here have their test
// beside the verb.

// silent is a request whose payment answers nothing until it is told.
func silent(req *orderv1.CheckoutRequest) *orderv1.CheckoutRequest {
	req.Payment = saved("pm_card_silent")
	return req
}

// authorised has payment know an order's money to be held, and tell so.
func (s *shop) authorised(orderID string) {
	s.t.Helper()
	s.answer(orderID, paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	s.payment("payment.authorised", orderID)
}

// happened counts the events of a type that tell of an aggregate, repeats of one id counted once.
func (s *shop) happened(typ, subject string) int {
	ids := map[string]bool{}
	for _, e := range s.w.Events() {
		if e.Type() == typ && e.Attributes["ce-subject"] == subject {
			ids[e.Attributes["ce-id"]] = true
		}
	}
	return len(ids)
}

func TestB1LastSeatIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 4, 100)
	first := s.buy("hanako", start(c))
	s.buy("taro", join(c, first.GetInvite()))
	won := atOnce(12, func(i int) error {
		_, err := s.insists("user-"+string(rune('a'+i)), join(c, first.GetInvite()))
		return err
	})
	if n := succeeded(t, won, fault.GroupFull); n != 2 {
		t.Errorf("%d took the last two seats", n)
	}
	s.wantCounts(c.Skus[0], 96, 0)
	s.verify()
}

// insists checks out until there is an answer: a machine under load may lose some on the way, and a repeat is safe.
func (s *shop) insists(user string, req *orderv1.CheckoutRequest) (*orderv1.CheckoutResponse, error) {
	client := s.as(user)
	for {
		res, err := client.Checkout(s.t.Context(), req)
		if code := connect.CodeOf(err); err == nil || code != connect.CodeUnavailable && code != connect.CodeAborted || s.t.Context().Err() != nil {
			return res, err
		}
	}
}

// atOnce does something n times at once.
func atOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errs
}

// succeeded counts who was not refused; all others must have lost for one of the reasons given.
func succeeded(t *testing.T, errs []error, lost ...fault.Reason) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
		} else if !slices.Contains(lost, fault.ReasonOf(err)) {
			t.Errorf("lost with %v, want %s", err, lost)
		}
	}
	return n
}

func TestB2AnOverfullGroupCannotBe(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.buy("hanako", start(c))
	_, err := s.db.Update(t.Context(), "overfill", execute("UPDATE BuyerGroups SET Held = Held + 2 WHERE TRUE"))
	if spanner.ErrCode(err) != codes.OutOfRange {
		t.Errorf("three in a group of two: %v, want it refused by the store", err)
	}
	over := group.Start("grp", "cmp", "leader", group.Rules{MinSize: 2, MaxSize: 9, Tiers: []group.Tier{{Size: 2, UnitPrice: 1000}}}, time.Now())
	over.State, over.Confirmed, over.Held = group.Open, 4, 1 // as no transition leaves it
	over.Deadline = spanner.NullTime{Time: time.Now().Add(time.Hour), Valid: true}
	if over.Confirm("friend", time.Now()); over.State != group.Formed {
		t.Errorf("a group above its minimum is %s, want it formed all the same", over.State)
	}
}

func TestB3TwoPayersAtOnceFormTheGroupOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 3, 100)
	for range 3 {
		first := s.buy("leader-"+c.CampaignId[4:10]+time.Now().Format("150405.000000"), start(c))
		groupID := first.GetGroup().GetGroupId()
		var late []string
		for _, user := range []string{"a-", "b-"} {
			late = append(late, s.buy(user+groupID, silent(join(c, first.GetInvite()))).GetOrder().GetOrderId())
		}
		atOnce(2, func(i int) error { s.authorised(late[i]); return nil })
		s.becomes("a-"+groupID, late[0], orderv1.OrderState_ORDER_STATE_CONFIRMED)
		s.becomes("b-"+groupID, late[1], orderv1.OrderState_ORDER_STATE_CONFIRMED)
		testenv.Eventually(t, func() error {
			return differ("times formed and settled", [2]int{s.happened("group.formed", "group/"+groupID), s.happened("group.settled", "group/"+groupID)}, [2]int{1, 1})
		})
	}
	s.verify()
}

func TestB5LatePaymentRevivesNoCancelledOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 1)
	late := s.buy("hanako", silent(start(c))).GetOrder().GetOrderId()
	s.w.Advance(holdFor)
	s.becomes("hanako", late, orderv1.OrderState_ORDER_STATE_CANCELLED)
	s.buy("taro", start(c)) // has the unit now
	s.authorised(late)
	if o := s.order("hanako", late); o.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_PAYMENT_TIMEOUT {
		t.Errorf("order = %v", o)
	}
	testenv.Eventually(t, func() error { return differ("payment told to void", s.happened("order.cancelled", "order/"+late), 1) })
	s.wantCounts(c.Skus[0], 1, 1)
	s.verify()
}

func TestB6PaymentIsAlwaysHeard(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24*time.Hour - time.Minute)
	late := s.buy("taro", silent(join(c, first.GetInvite()))).GetOrder().GetOrderId()
	s.w.Advance(time.Hour)
	s.becomes("taro", late, orderv1.OrderState_ORDER_STATE_CANCELLED)
	for _, typ := range []string{"payment.authorised", "payment.captured", "payment.failed", "payment.capture_failed", "payment.voided", "payment.unheard_of"} {
		s.payment(typ, late) // fails unless each is answered well
	}
	if o := s.order("taro", late); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_PAYMENT_TIMEOUT || o.GetVersion() != 2 {
		t.Errorf("order = %v", o)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestB7NobodyIsLetIntoAGroupThatIsOver(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24 * time.Hour) // and no sweep has come by: the clock of the database decides
	_, err := s.as("taro").Checkout(t.Context(), join(c, first.GetInvite()))
	wantReason(t, err, fault.GroupOver, connect.CodeFailedPrecondition)
	if ways, ok := fault.Detail[*orderv1.WaysOn](err); !ok || !ways.GetCanStart() {
		t.Errorf("was shown %v", ways)
	}
	rows, err := spandb.Rows[group.Member](t.Context(), s.db.Single(), "Members", spanner.Key{first.GetGroup().GetGroupId()}.AsPrefix())
	if err != nil || len(rows) != 1 {
		t.Errorf("members = %v, %v", rows, err)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestB10NoMoreIsSoldThanThereIs(t *testing.T) {
	t.Parallel()
	s := open(t)
	buyers, units := 40, int64(15)
	if long() {
		buyers, units = 1000, 100
	}
	c := s.campaign(2, 2, units)
	errs := atOnce(buyers, func(i int) error {
		_, err := s.insists("user-"+time.Duration(i).String(), start(c))
		return err
	})
	if n := succeeded(t, errs, fault.SoldOut); int64(n) != units {
		t.Errorf("%d of %d units were sold", n, units)
	}
	_, err := s.db.Update(t.Context(), "oversell", execute("UPDATE Stock SET Reserved = OnHand + 1 WHERE TRUE"))
	if spanner.ErrCode(err) != codes.OutOfRange {
		t.Errorf("more reserved than there is: %v, want it refused by the store", err)
	}
	s.wantCounts(c.Skus[0], units, units)
	s.verify()
}

func TestB11TaskAndSweepReleaseOnce(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	c := s.campaign(2, 2, 3)
	o := s.buy("hanako", silent(start(c))).GetOrder().GetOrderId()
	s.buy("taro", silent(start(c)))
	s.w.Advance(holdFor - time.Minute)
	s.releases(t, o)
	s.wantCounts(c.Skus[0], 3, 2) // at minute 9 nothing ends
	s.w.Advance(time.Minute)
	s.releases(t, o)
	s.wantCounts(c.Skus[0], 3, 0)
	s.authorised(o) // paid at minute 11
	s.wantCounts(c.Skus[0], 3, 0)
	s.verify()
}

// releases has task and sweep go for the end of a hold, each twice and all at once.
func (s *shop) releases(t *testing.T, orderID string) {
	t.Helper()
	for _, err := range atOnce(4, func(i int) error {
		if i%2 == 0 {
			_, err := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{})
			return err
		}
		_, err := s.by("tasks").ExpireHold(t.Context(), &orderv1.ExpireHoldRequest{OrderId: orderID})
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestB12RefusalsAndRepeatsCostNoStock(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 4)
	s.buy("hanako", start(c))
	atOnce(8, func(i int) error { // the same customer again, under new and old ids: refused before or after anything is held
		_, err := s.insists("hanako", start(c))
		return err
	})
	s.wantCounts(c.Skus[0], 4, 1)
	for _, user := range []string{"a", "b", "c"} { // so all that is left can be had
		s.buy(user, start(c))
	}
	_, err := s.as("d").Checkout(t.Context(), start(c))
	wantReason(t, err, fault.SoldOut, connect.CodeFailedPrecondition)
	s.verify()
}
