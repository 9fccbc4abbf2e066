package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

func TestAuthorise(t *testing.T) {
	x := open(t)
	tests := []struct {
		name, method string
		state        payment.State
		decline      string
		events       []string
	}{
		{"a good card", "pm_card_visa", payment.Authorised, "", []string{"payment.authorised"}},
		{"a declined card", "pm_card_chargeDeclined", payment.Failed, "generic_decline", []string{"payment.failed"}},
		{"no funds", "pm_card_chargeDeclinedInsufficientFunds", payment.Failed, "insufficient_funds", []string{"payment.failed"}},
		{"an unknown card", "pm_1nobody", payment.Failed, "resource_missing", []string{"payment.failed"}},
		{"a card that asks", "pm_card_threeDSecure2Required", payment.Action, "", nil},
		{"no card: the app confirms", "", payment.Action, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := x.in(t)
			orderID := newOrder()
			res := x.authorise(orderID, tt.method)
			if res.GetState() != wireState(tt.state) || res.GetDeclineCode() != tt.decline {
				t.Errorf("Authorise = %s %q, want %s %q", res.GetState(), res.GetDeclineCode(), tt.state, tt.decline)
			}
			if secret := res.GetClientSecret(); (secret != "") != (tt.state == payment.Action) {
				t.Errorf("client secret %q in state %s", secret, tt.state)
			}
			again := x.authorise(orderID, tt.method)
			if again.GetPaymentId() != res.GetPaymentId() || again.GetState() != res.GetState() || again.GetClientSecret() != res.GetClientSecret() {
				t.Errorf("a repeat answers %v, want %v", again, res)
			}
			if diff := cmp.Diff(tt.events, x.events(orderID)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			p := x.row(orderID)
			if p.State != tt.state || p.Authorised != map[bool]int64{true: total}[tt.state == payment.Authorised] {
				t.Errorf("row: %s with %d held", p.State, p.Authorised)
			}
		})
	}
	x.sound()
}

func TestAuthoriseRefuses(t *testing.T) {
	x := open(t)
	orderID := x.authorised()
	other := x.request(orderID, "pm_card_visa")
	other.Amount = yen(total + 1)
	little := x.request(newOrder(), "pm_card_visa")
	little.Amount = yen(49)
	strange := x.request("order 1", "pm_card_visa")
	for name, tt := range map[string]struct {
		client string
		req    *paymentv1.AuthoriseRequest
		code   connect.Code
		want   fault.Reason
	}{
		"another amount":        {"order", other, connect.CodeInvalidArgument, fault.FieldInvalid},
		"less than is possible": {"order", little, connect.CodeInvalidArgument, fault.FieldInvalid},
		"a strange id":          {"order", strange, connect.CodeInvalidArgument, fault.FieldInvalid},
		"another service":       {"cart", x.request(newOrder(), "pm_card_visa"), connect.CodePermissionDenied, fault.CallerNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			client := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService(tt.client), x.base)
			_, err := client.Authorise(t.Context(), tt.req)
			if connect.CodeOf(err) != tt.code || fault.ReasonOf(err) != tt.want {
				t.Errorf("Authorise: %v, want %s %s", err, tt.code, tt.want)
			}
		})
	}
	if n := x.count("Payments"); n != 1 {
		t.Errorf("%d payments, want the first alone", n)
	}
}

// Many calls for one order, as of a retrying client, its task and its sweep, hold its money once.
func TestAuthoriseManyTimesAtOnce(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if _, err := x.service.Authorise(t.Context(), x.request(orderID, "pm_card_visa")); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	x.reaches(orderID, payment.Authorised)
	if in := x.charge(orderID); in.count("authorised") != 1 || in.Authorised != total {
		t.Errorf("the provider's ledger: %+v, want one hold", in)
	}
	if n := x.count("PaymentOps"); n != 2 {
		t.Errorf("%d calls were made, want CREATE and CONFIRM", n)
	}
	x.sound()
}

// Whatever goes wrong between us and the provider, before it does the work or after: in the end the money is held, once.
func TestAuthoriseFindsOut(t *testing.T) {
	x := open(t)
	for _, call := range []string{"/v1/customers", "/v1/payment_intents", "/v1/payment_intents/*/confirm"} {
		for _, when := range []string{"before", "after"} {
			for _, kind := range []string{"reset", "error", "garbage", "rate_limit"} {
				if (kind == "garbage" && when == "before") || (kind == "rate_limit" && when == "after") {
					continue
				}
				t.Run(kind+" "+when+" "+call, func(t *testing.T) {
					x := x.in(t)
					orderID := newOrder()
					times := 1
					if kind == "rate_limit" {
						times = 2 // one alone is repeated at once
					}
					x.fault(kind, when, call, map[string]any{"count": times})
					req := x.request(orderID, "pm_card_visa")
					req.CustomerId = "u_" + orderID // each its own, to be made
					res, err := x.service.Authorise(t.Context(), req)
					if err != nil {
						t.Fatal(err)
					}
					switch s := payment.State(strings.TrimPrefix(res.GetState().String(), "PAYMENT_STATE_")); {
					case s == payment.Unknown, s == payment.Created:
					case s == payment.Authorised && kind == "reset": // Go's transport has repeated it with its key
					default:
						t.Errorf("Authorise = %s, want UNKNOWN or CREATED: nothing is known", s)
					}
					x.later(orderID, payment.Authorised)
					charges := 0
					for _, in := range x.ledger(orderID) {
						charges += in.count("authorised")
					}
					if charges != 1 {
						t.Errorf("%d holds at the provider, want 1", charges)
					}
				})
			}
		}
	}
	x.sound()
}

// A provider that hangs costs the caller about six seconds, and nobody a second charge.
func TestAuthoriseWhenTheProviderHangs(t *testing.T) {
	for _, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			x := open(t)
			orderID := newOrder()
			x.fault("timeout", when, "/v1/payment_intents/*/confirm", nil)
			start := time.Now()
			res := x.authorise(orderID, "pm_card_visa")
			if took := time.Since(start); took > payment.Lease {
				t.Errorf("Authorise took %s", took)
			}
			if res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_UNKNOWN {
				t.Errorf("Authorise = %s, want UNKNOWN", res.GetState())
			}
			x.later(orderID, payment.Authorised)
			if in := x.charge(orderID); in.count("authorised") != 1 {
				t.Errorf("the provider's ledger: %+v, want one hold", in)
			}
			want := []payment.State{payment.Created, payment.Unknown, payment.Authorised}
			if diff := cmp.Diff(want, x.states(orderID)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			x.sound()
		})
	}
}

// A decline whose answer was lost is found to be one.
func TestAuthoriseFindsADecline(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	x.fault("reset", "after", "/v1/payment_intents/*/confirm", nil)
	x.authorise(orderID, "pm_card_chargeDeclinedInsufficientFunds")
	if p := x.later(orderID, payment.Failed); p.DeclineCode != "insufficient_funds" {
		t.Errorf("decline code %q, want insufficient_funds", p.DeclineCode)
	}
	x.sound()
}

// A declined payment's object is cancelled: its client secret could still hold money.
func TestAFailedPaymentIsCancelled(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	x.authorise(orderID, "pm_card_chargeDeclined")
	eventually(x, func() bool { x.work(); return x.charge(orderID).Status == "canceled" })
	if p := x.row(orderID); p.State != payment.Failed || p.NextAt.Valid {
		t.Errorf("row: %s, waits: %v; want FAILED that waits for nothing", p.State, p.NextAt)
	}
}

// While the breaker is open a new order is told so and holds nothing; one that has a payment is answered how it stands.
func TestAuthoriseWhileTheProviderIsDown(t *testing.T) {
	x := open(t)
	known := x.authorised()
	x.fault("error", "before", "/v1/*", map[string]any{"count": 0, "status": 503})
	x.fault("error", "before", "/v1/*/*", map[string]any{"count": 0, "status": 503})
	var err error
	for i := 0; i < 30 && err == nil; i++ {
		_, err = x.service.Authorise(t.Context(), x.request(newOrder(), "pm_card_visa"))
	}
	if connect.CodeOf(err) != connect.CodeUnavailable || fault.ReasonOf(err) != fault.ProviderUnavailable {
		t.Fatalf("Authorise while the provider is down: %v, want PROVIDER_UNAVAILABLE", err)
	}
	before := x.count("Payments")
	if _, err := x.service.Authorise(t.Context(), x.request(newOrder(), "pm_card_visa")); fault.ReasonOf(err) != fault.ProviderUnavailable {
		t.Errorf("Authorise: %v, want PROVIDER_UNAVAILABLE", err)
	}
	if n := x.count("Payments"); n != before {
		t.Errorf("%d payments after a refused one, want %d", n, before)
	}
	if res := x.authorise(known, "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
		t.Errorf("Authorise of a known order = %s, want AUTHORISED", res.GetState())
	}
}

// 3-D Secure: the webhook completes the payment; a customer who fails at the bank is declined.
func TestThreeDSecure(t *testing.T) {
	x := open(t)
	x.webhooks()
	for outcome, want := range map[string]payment.State{"succeed": payment.Authorised, "fail": payment.Failed} {
		t.Run(outcome, func(t *testing.T) {
			x := x.in(t)
			orderID := newOrder()
			x.authorise(orderID, "pm_card_threeDSecure2Required")
			x.simulate("POST", "/simulator/3ds/"+x.row(orderID).IntentID+"?outcome="+outcome, nil)
			x.reaches(orderID, want)
		})
	}
	x.sound()
}

// The webhook is lost: the payment is read all the same.
func TestThreeDSecureWithoutWebhook(t *testing.T) {
	x := open(t)
	orderID := newOrder()
	x.authorise(orderID, "pm_card_threeDSecure2Required")
	x.simulate("POST", "/simulator/3ds/"+x.row(orderID).IntentID+"?outcome=succeed", nil)
	x.later(orderID, payment.Authorised)
}
