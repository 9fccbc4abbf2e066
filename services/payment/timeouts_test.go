package main

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// hits is how often the scripted faults have struck.
func (x *shop) hits() (n int) {
	x.Helper()
	var out struct{ Faults []struct{ Hits int } }
	if err := json.Unmarshal(x.simulate("GET", "/simulator/faults", nil), &out); err != nil {
		x.Fatal(err)
	}
	for _, f := range out.Faults {
		n += f.Hits
	}
	return n
}

// Of all calls that move money three in ten are never answered, two thirds of them after the work was done; no webhook comes.
// Nothing is charged twice, and within a minute of the provider's return, by the shop's clock, nothing is unknown.
func TestThreeInTenTimeOut(t *testing.T) {
	x := open(t)
	x.authorised() // so that the provider knows the customer
	x.fault("timeout", "after", "", map[string]any{"probability": .2, "seed": 1, "count": 0})
	x.fault("timeout", "before", "", map[string]any{"probability": .125, "seed": 2, "count": 0}) // of the other eight in ten
	orders, answered := make([]string, 40), make([]paymentv1.PaymentState, 40)
	tasks := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService("tasks"), x.base)
	var buying sync.WaitGroup
	for i := range orders {
		orders[i] = newOrder()
		buying.Go(func() {
			res, err := x.service.Authorise(t.Context(), x.request(orders[i], "pm_card_visa"))
			if answered[i] = res.GetState(); err != nil {
				t.Error(err)
			}
			if answered[i] != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
				return
			}
			x.confirm(orders[i])
			if _, err := tasks.AdvancePayment(t.Context(), &paymentv1.AdvancePaymentRequest{PaymentId: res.GetPaymentId()}); err != nil {
				t.Error(err)
			}
		})
	}
	buying.Wait()
	count := map[paymentv1.PaymentState]int{}
	for _, state := range answered {
		count[state]++
	}
	hits := x.hits()
	t.Log(count, hits, "calls timed out")
	if hits < 10 || count[paymentv1.PaymentState_PAYMENT_STATE_UNKNOWN] == 0 {
		t.Fatalf("%d calls timed out, and payments are %v", hits, count)
	}

	x.calm()
	back, open := time.Now(), int64(-1)
	testenv.Eventually(t, func() error { // the breaker goes by a clock that nobody moves
		_, err := x.service.Authorise(t.Context(), x.request(newOrder(), "pm_card_visa"))
		return err
	})
	for waited := time.Since(back); waited < time.Minute && open != 0; waited += 15 * time.Second {
		x.tick()
		open = x.count("Payments WHERE State NOT IN ('AUTHORISED', 'CAPTURED')")
	}
	if open != 0 {
		t.Errorf("%d payments are stuck a minute after the provider's return", open)
	}
	for _, orderID := range orders {
		x.confirm(orderID)
	}
	for _, orderID := range orders {
		x.reaches(orderID, payment.Captured)
		x.once(orderID)
		if taken := x.charge(orderID).count("captured"); taken != 1 {
			t.Errorf("the provider has taken the money of %s %d times", orderID, taken)
		}
	}
	x.sound()
}
