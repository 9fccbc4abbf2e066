package main

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

// twin has another of the same request run to its end while the first one is at its quote.
func (s *shop) twin(user string, req *orderv1.CheckoutRequest, then func()) {
	var within atomic.Bool
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onQuote = func() {
		if within.CompareAndSwap(false, true) {
			s.buy(user, req)
			then()
		}
	}
}

func TestATwinIsAnsweredByTheOrderOfTheFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.fill("hanako", 3, &cartv1.Line{Sku: c.Skus[0], Quantity: 1})
	req := start(c)
	req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 3}}, yen(1750)
	s.twin("hanako", req, func() { s.fill("hanako", 4) }) // the bought lines leave the cart
	res := s.buy("hanako", req)
	if again := s.buy("hanako", req); res.GetOrder().GetOrderId() != again.GetOrder().GetOrderId() || again.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_CONFIRMED {
		t.Errorf("the twins have %v and %v", res.GetOrder(), again.GetOrder())
	}
	s.wantCounts(c.Skus[0], 9, 0)
	s.verify()
}

func TestARequestThatWasForgottenMeetsItsOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	for name, later := range map[string]func(){
		"on sale at the price": func() {},
		"at another price":     func() { s.reprice(c.GetCampaignId(), yen(2000)) },
	} {
		user := strconv.Itoa(len(name))
		req := start(c)
		first := s.buy(user, req).GetOrder()
		s.execute(`DELETE FROM Requests WHERE OrderId = '` + first.GetOrderId() + `'`)
		later()
		if again := s.buy(user, req).GetOrder(); again.GetOrderId() != first.GetOrderId() || again.GetVersion() != first.GetVersion() {
			t.Errorf("%s: %v after %v", name, again, first)
		}
		s.reprice(c.GetCampaignId(), yen(1000))
	}
	s.wantCounts(c.Skus[0], 10, 2)
	s.verify()
}

// reprice changes what a campaign asks at its first tier.
func (n *neighbours) reprice(campaign string, price *typev1.Money) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.offers[campaign].Campaign.Tiers[0].UnitPrice = price
}

func TestWhyACardWasDeclinedIsToldAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	req := start(s.campaign(2, 2, 10))
	req.Payment = saved("pm_card_declined")
	for i := range 2 {
		_, err := s.as("hanako").Checkout(t.Context(), req)
		wantReason(t, err, fault.PaymentDeclined, connect.CodeFailedPrecondition)
		if got := fault.Meta(err, "decline"); got != "insufficient_funds" {
			t.Errorf("time %d: declined for %q", i+1, got)
		}
	}
	s.verify()
}

func TestCustomersInAHurryCloseTheShopToNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 100)
	s.mu.Lock()
	s.onAsk = func(ctx context.Context, _ string) { <-ctx.Done() }
	s.mu.Unlock()
	for i := range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := s.as("user-"+strconv.Itoa(i)).Checkout(ctx, start(c))
		cancel()
		if err != nil && connect.CodeOf(err) != connect.CodeDeadlineExceeded {
			t.Fatalf("Checkout = %v, want it out of time", err)
		}
	}
	s.mu.Lock()
	s.onAsk = nil
	s.mu.Unlock()
	s.buy("hanako", start(c))
}

func TestCheckoutsCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	flags := t.TempDir() + "/flags.json"
	write(t, flags, `{"order.checkout": false}`)
	s := open(t, "FLAG_FILE", flags)
	c := s.campaign(2, 2, 10)
	req := start(c)
	_, err := s.as("hanako").Checkout(t.Context(), req)
	wantReason(t, err, fault.Overloaded, connect.CodeUnavailable)
	s.wantCounts(c.Skus[0], 10, 0)
	write(t, flags, `{"order.checkout": true, "order.x": true}`)
	testenv.Eventually(t, func() error { _, err := s.as("hanako").Checkout(t.Context(), req); return err })
	s.verify()
}

func write(t *testing.T, file, body string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}
