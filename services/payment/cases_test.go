package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// requests counts the calls that the provider has had.
func (x *shop) requests() (n int) {
	x.Helper()
	var out struct{ Counts []struct{ Count int } }
	if err := json.Unmarshal(x.simulate("GET", "/simulator/requests", nil), &out); err != nil {
		x.Fatal(err)
	}
	for _, c := range out.Counts {
		n += c.Count
	}
	return n
}

// calm takes all scripted faults back.
func (x *shop) calm() {
	x.Helper()
	x.simulate("DELETE", "/simulator/faults", nil)
}

// once wants the provider to have held an order's money once, whatever became of it.
func (x *shop) once(orderID string) {
	x.Helper()
	held := 0
	for _, in := range x.ledger(orderID) {
		held += in.count("authorised")
	}
	if held != 1 {
		x.Errorf("the provider has held the money of %s %d times, want once", orderID, held)
	}
}

// A4: the same order is asked for 25 hours later, when the provider has forgotten its keys. The answer is ours to give.
func TestCaseA4TheSameRequestADayLater(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	first := x.authorise(orderID, "pm_card_visa")
	x.w.Advance(25 * time.Hour)
	asked := x.requests()
	again := x.authorise(orderID, "pm_card_visa")
	if again.GetPaymentId() != first.GetPaymentId() || again.GetState() != first.GetState() {
		t.Errorf("Authorise = %v, want %v", again, first)
	}
	if n := x.requests() - asked; n != 0 {
		t.Errorf("the provider was asked %d times, want not at all", n)
	}
	x.once(orderID)
	x.sound()
}

// A10: an order is cancelled while its money is being captured. Either nothing was taken, or all of it went back.
func TestCaseA10CancelRacesCapture(t *testing.T) {
	x := open(t)
	x.webhooks()
	ends := map[payment.State]int{}
	for range 6 {
		orderID := x.authorised()
		var both sync.WaitGroup
		both.Go(func() { x.w.Deliver(x.base, x.orderEvent("order.confirmed", orderID, total)); x.work() })
		both.Go(func() { x.w.Deliver(x.base, x.orderEvent("order.cancelled", orderID, 0)); x.work() })
		both.Wait()
		testenv.Eventually(x, func() error {
			x.work()
			if s := x.row(orderID).State; s != payment.Voided && s != payment.Refunded {
				return fmt.Errorf("payment is %s", s)
			}
			return nil
		})
		in, p := x.charge(orderID), x.row(orderID)
		if ends[p.State]++; in.Captured != in.Refunded || (p.State == payment.Voided) != (in.Captured == 0) {
			t.Errorf("%s, and the provider has taken %d and returned %d", p.State, in.Captured, in.Refunded)
		}
	}
	t.Log(ends)
	x.sound()
}

// A14: the order dies during the provider's call, whose success comes after. The hold is given up.
func TestCaseA14SuccessAfterTheOrderDied(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	x.fault("delay", "", "/v1/payment_intents/*/confirm", map[string]any{"delay_ms": 600})
	var call sync.WaitGroup
	call.Go(func() { x.authorise(orderID, "pm_card_visa") })
	testenv.Eventually(t, func() error {
		if n := x.count("PaymentOps"); n < 2 {
			return fmt.Errorf("%d calls were begun, want CREATE and CONFIRM", n)
		}
		return nil
	})
	x.cancel(orderID)
	call.Wait()
	x.later(orderID, payment.Voided)
	if in := x.charge(orderID); in.Status != "canceled" || in.Captured != 0 || in.Released != in.Authorised {
		t.Errorf("the provider's ledger: %+v, want nothing held or taken", in)
	}
	x.once(orderID)
	x.sound()
}

// C1: the database refuses connections. Callers learn it within a second, with a hint when to come again, and nothing piles
// up; when it is back, so is payment.
func TestCaseC1TheStoreIsDown(t *testing.T) {
	proxy := testenv.NewProxy(t, os.Getenv("SPANNER_EMULATOR_HOST"))
	x := openBehind(t, proxy.Addr)
	known := x.authorised()
	running := runtime.NumGoroutine()
	proxy.Cut()
	for range 20 {
		began := time.Now()
		_, err := x.service.Authorise(t.Context(), x.request(newOrder(), "pm_card_visa"))
		if connect.CodeOf(err) != connect.CodeUnavailable || fault.ReasonOf(err) != fault.StoreUnavailable {
			t.Fatalf("Authorise: %v, want STORE_UNAVAILABLE", err)
		}
		if took := time.Since(began); took > 4*time.Second { // one second, on a machine that has no other work
			t.Errorf("Authorise took %s", took)
		}
	}
	if more := runtime.NumGoroutine() - running; more > 50 {
		t.Errorf("%d goroutines more than before", more)
	}
	if code := x.w.Deliver(x.base, x.orderEvent("order.confirmed", known, total)); code != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d for an event, want 503: it is to come again", code)
	}
	proxy.Restore()
	testenv.Eventually(t, func() error {
		_, err := x.service.Authorise(t.Context(), x.request(newOrder(), "pm_card_visa"))
		return err
	})
	x.confirm(known)
	x.reaches(known, payment.Captured)
	x.sound()
}

// C2: the database is slow. The caller's deadline holds, and the calls do not multiply; what was begun ends by itself.
func TestCaseC2TheStoreIsSlow(t *testing.T) {
	gate := testenv.NewGate(t, os.Getenv("SPANNER_EMULATOR_HOST"), nil)
	x := openBehind(t, gate.Addr)
	x.authorised()
	gate.Slow(2 * time.Second)
	orderID, calls := newOrder(), gate.Calls()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	_, err := x.service.Authorise(ctx, x.request(orderID, "pm_card_visa"))
	if took := time.Since(began); connect.CodeOf(err) != connect.CodeDeadlineExceeded || took > 2*time.Second {
		t.Errorf("Authorise: %v after %s, want DEADLINE_EXCEEDED after a second", err, took)
	}
	if n := gate.Calls() - calls; n > 10 {
		t.Errorf("%d calls to the database in a second in which none was answered", n)
	}
	gate.Slow(0)
	testenv.Eventually(t, func() error {
		res, err := x.service.Authorise(t.Context(), x.request(orderID, "pm_card_visa"))
		if err == nil && res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
			err = fmt.Errorf("Authorise = %s", res.GetState())
			x.tick()
		}
		return err
	})
	x.once(orderID)
	x.sound()
}

// C3: many callers for few orders, whose transactions abort each other. Each is answered, or told to come again.
func TestCaseC3ManyTransactionsAbort(t *testing.T) {
	x := open(t)
	orders := []string{newOrder(), newOrder(), newOrder(), newOrder()}
	var calls sync.WaitGroup
	for i := range 64 {
		calls.Go(func() {
			_, err := x.service.Authorise(t.Context(), x.request(orders[i%len(orders)], "pm_card_visa"))
			switch connect.CodeOf(err) {
			case connect.CodeAborted, connect.CodeUnavailable:
			default:
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	calls.Wait()
	for _, orderID := range orders {
		x.later(orderID, payment.Authorised)
		x.once(orderID)
	}
	if n := x.count("Payments"); n != int64(len(orders)) {
		t.Errorf("%d payments of %d orders", n, len(orders))
	}
	x.sound()
}

// C4: the answer to a commit is lost, which was made, or its request, and it was not. Either way the payment ends as if
// nothing had happened.
func TestCaseC4ACommitIsLost(t *testing.T) {
	for _, lost := range []struct {
		change    int // which of the payment's
		committed bool
	}{{1, true}, {2, false}, {3, true}, {4, false}} {
		t.Run(fmt.Sprintf("change %d committed %t", lost.change, lost.committed), func(t *testing.T) {
			var hit atomic.Bool
			gate := testenv.NewGate(t, os.Getenv("SPANNER_EMULATOR_HOST"), func(_ *spannerpb.CommitRequest, tag string, nth int, committed bool) testenv.Fate {
				if tag != "change" || nth != lost.change || committed != lost.committed || hit.Swap(true) {
					return testenv.Passes
				}
				return testenv.Lost
			})
			x := openBehind(t, gate.Addr)
			orderID := newOrder()
			testenv.Eventually(t, func() error {
				_, err := x.service.Authorise(t.Context(), x.request(orderID, "pm_card_visa"))
				return err
			})
			x.later(orderID, payment.Authorised)
			x.once(orderID)
			if !hit.Load() {
				t.Error("no such commit was lost")
			}
			x.sound()
		})
	}
}

// C6: the provider does the work ten minutes after everybody has given up waiting. It is found, once; of an order that has
// died meanwhile it is given back.
func TestCaseC6DoneTenMinutesLater(t *testing.T) {
	for _, tt := range []struct {
		name string
		dies bool
		want payment.State
	}{{"the order lives", false, payment.Authorised}, {"the order is dead", true, payment.Voided}} {
		t.Run(tt.name, func(t *testing.T) {
			x := open(t)
			orderID := newOrder()
			x.fault("delay", "", "/v1/payment_intents/*/confirm", nil) // until it is taken back
			if res := x.authorise(orderID, "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_UNKNOWN {
				t.Fatalf("Authorise = %s, want UNKNOWN", res.GetState())
			}
			for range 3 {
				x.tick()
			}
			if tt.dies {
				x.cancel(orderID)
			}
			x.w.Advance(10 * time.Minute)
			x.calm()
			x.later(orderID, tt.want)
			x.once(orderID)
			if in := x.charge(orderID); tt.dies && in.Status != "canceled" {
				t.Errorf("the provider still has %+v", in)
			}
			x.sound()
		})
	}
}

// C7: in doubt, a capture and a refund are never taken for refused, nor made twice.
func TestCaseC7NothingSaidIsNoDecline(t *testing.T) {
	x := open(t)
	for _, f := range []struct{ kind, when string }{
		{"error", "after"}, {"garbage", "after"},
	} {
		t.Run(f.kind+" "+f.when, func(t *testing.T) {
			x := x.in(t)
			orderID := x.authorised()
			x.fault(f.kind, f.when, "/v1/payment_intents/*/capture", map[string]any{"count": 2})
			x.confirm(orderID)
			x.work()
			x.later(orderID, payment.Captured)
			x.fault(f.kind, f.when, "/v1/refunds", map[string]any{"count": 2})
			x.cancel(orderID)
			x.work()
			x.later(orderID, payment.Refunded)
			if in := x.charge(orderID); in.count("captured") != 1 || in.count("refunded") != 1 || in.Refunded != total {
				t.Errorf("the provider's ledger: %+v, want one capture and one refund", in)
			}
			x.calm()
		})
	}
	x.sound()
}

// C8: declined, and then held after all: the customer tries another card with the client secret before it is cancelled. The
// provider's truth is read, and since the order is lost, the money is let go.
func TestCaseC8HeldAfterADecline(t *testing.T) {
	x := open(t)
	x.webhooks()
	orderID := newOrder()
	if res := x.authorise(orderID, "pm_card_chargeDeclined"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_FAILED {
		t.Fatalf("Authorise = %s, want FAILED", res.GetState())
	}
	x.payInApp(x.row(orderID).IntentID, "pm_card_visa")
	testenv.Eventually(t, func() error { // by the cancellation that was due anyway, or because the notice was followed first
		x.work()
		if in := x.charge(orderID); in.Status != "canceled" || in.Released != total {
			return fmt.Errorf("the provider's ledger: %+v, want the hold let go", in)
		}
		return nil
	})
	if p := x.row(orderID); p.State != payment.Failed && p.State != payment.Voided || p.Captured != 0 {
		t.Errorf("row: %s, captured %d", p.State, p.Captured)
	}
	x.once(orderID)
	x.sound()
}

// payInApp confirms an intent as the provider's own software in the app does.
func (x *shop) payInApp(intentID, card string) {
	x.Helper()
	req, err := http.NewRequestWithContext(x.Context(), "POST", x.stripe+"/v1/payment_intents/"+intentID+"/confirm",
		strings.NewReader("payment_method="+card))
	if err != nil {
		x.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(stripeKey, "") // the simulator's own word for it: the client secret is not ours to store
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		x.Fatalf("confirm in the app: HTTP %d", res.StatusCode)
	}
}

// C9: every notice ten times and in the wrong order, or none at all: the states are the same, and what nobody tells is found
// within a minute.
func TestCaseC9NoticesTenTimesShuffledOrMissing(t *testing.T) {
	for _, rules := range [][]map[string]any{
		{{"kind": "repeat", "times": 10}},
		{{"kind": "reorder", "size": 4}},
		{{"kind": "drop"}},
	} {
		t.Run(rules[0]["kind"].(string), func(t *testing.T) {
			x := open(t)
			x.webhooks()
			for _, rule := range rules {
				x.simulate("POST", "/simulator/webhooks", rule)
			}
			orderID := newOrder()
			x.authorise(orderID, "pm_card_threeDSecure2Required")
			x.simulate("POST", "/simulator/3ds/"+x.row(orderID).IntentID+"?outcome=succeed", nil)
			began := x.w.Clock().Now()
			x.later(orderID, payment.Authorised)
			if gap := x.w.Clock().Now().Sub(began); gap > time.Minute {
				t.Errorf("found out after %s, want within a minute", gap)
			}
			x.confirm(orderID)
			x.reaches(orderID, payment.Captured)
			x.simulate("POST", "/simulator/webhooks/flush", nil)
			x.cancel(orderID)
			x.reaches(orderID, payment.Refunded)
			x.work()
			if in := x.charge(orderID); in.count("authorised") != 1 || in.count("captured") != 1 || in.count("refunded") != 1 {
				t.Errorf("the provider's ledger: %+v, want each once", in)
			}
			x.sound()
		})
	}
}

// E5: the caller goes away halfway. What was begun is finished, and a repeat answers it.
func TestCaseE5TheCallerGoesAway(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	x.fault("delay", "", "/v1/payment_intents/*/confirm", map[string]any{"delay_ms": 400})
	ctx, hangUp := context.WithCancel(t.Context())
	var call sync.WaitGroup
	call.Go(func() {
		if _, err := x.service.Authorise(ctx, x.request(orderID, "pm_card_visa")); connect.CodeOf(err) != connect.CodeCanceled {
			t.Errorf("Authorise: %v, want CANCELED", err)
		}
	})
	testenv.Eventually(t, func() error {
		if x.count("PaymentOps") < 2 {
			return fmt.Errorf("the provider was not asked yet")
		}
		return nil
	})
	hangUp()
	call.Wait()
	x.reaches(orderID, payment.Authorised)
	if res := x.authorise(orderID, "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
		t.Errorf("Authorise = %s, want AUTHORISED", res.GetState())
	}
	x.once(orderID)
	x.sound()
}

// F5: amounts that make no sense are refused before anything is written or asked, or declined by the provider.
func TestCaseF5AmountsThatMakeNoSense(t *testing.T) {
	x := open(t)
	for _, n := range []int64{math.MinInt64, -1, 0, 1, 49} {
		req := x.request(newOrder(), "pm_card_visa")
		req.Amount = yen(n)
		if _, err := x.service.Authorise(t.Context(), req); connect.CodeOf(err) != connect.CodeInvalidArgument || fault.ReasonOf(err) != fault.FieldInvalid {
			t.Errorf("Authorise of %d yen: %v, want FIELD_INVALID", n, err)
		}
	}
	for _, currency := range []string{"", "yen", "JPYX"} {
		req := x.request(newOrder(), "pm_card_visa")
		req.Amount.Currency = currency
		if _, err := x.service.Authorise(t.Context(), req); fault.ReasonOf(err) != fault.FieldInvalid {
			t.Errorf("Authorise in %q: %v, want FIELD_INVALID", currency, err)
		}
	}
	if n := x.count("Payments"); n != 0 || x.requests() != 0 {
		t.Errorf("%d payments and %d calls to the provider, want none", n, x.requests())
	}
	for _, n := range []int64{100_000_000, math.MaxInt64} { // more than the provider takes
		req := x.request(newOrder(), "pm_card_visa")
		req.Amount = yen(n)
		if res, err := x.service.Authorise(t.Context(), req); err != nil || res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_FAILED {
			t.Errorf("Authorise of %d yen = %v, %v; want FAILED", n, res, err)
		}
	}
	x.sound()
}

// retryAfter is the hint that a refusal carries; 0 for none.
func retryAfter(err error) time.Duration {
	var refusal *connect.Error
	if !errors.As(err, &refusal) {
		return 0
	}
	for _, d := range refusal.Details() {
		if m, err := d.Value(); err == nil {
			if hint, ok := m.(*errdetails.RetryInfo); ok {
				return hint.GetRetryDelay().AsDuration()
			}
		}
	}
	return 0
}

// The calls for which a breaker is opened are refused with the time after which to come again.
func TestARefusalForWantOfAProviderSaysWhenToComeAgain(t *testing.T) {
	x := open(t)
	x.fault("error", "before", "/v1/*", map[string]any{"count": 0, "status": 503})
	x.fault("error", "before", "/v1/*/*", map[string]any{"count": 0, "status": 503})
	customer := paymentv1connect.NewPaymentServiceClient(x.w.As(testenv.User{ID: "u_1"}), x.base)
	testenv.Eventually(t, func() error {
		_, err := x.service.Authorise(t.Context(), x.request(newOrder(), "pm_card_visa"))
		if fault.ReasonOf(err) != fault.ProviderUnavailable {
			return fmt.Errorf("the breaker is closed: %v", err)
		}
		if retryAfter(err) <= 0 {
			t.Errorf("no word when to come again: %v", err)
		}
		return nil
	})
	if _, err := customer.CreateSetup(t.Context(), &paymentv1.CreateSetupRequest{RequestId: "r-1"}); fault.ReasonOf(err) != fault.ProviderUnavailable {
		t.Errorf("CreateSetup: %v, want PROVIDER_UNAVAILABLE", err)
	}
}
