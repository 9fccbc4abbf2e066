package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/issho-shop/issho/e2e/shop"
)

// Whatever dies by kill -9 in the middle of the story and is started again, the story ends as it does without. Nothing in
// the services knows of these tests: the points are found by freezing or delaying what they wait for.

// Between T1 and Authorise: order has held seat and stock and has asked payment, which has heard nothing when both die.
func TestKillBetweenHoldAndAuthorise(t *testing.T) {
	p := meets(t, shop.JSON)
	freeze(t, "payment")
	id := p.tries(t).ordered(t)
	back := kill(t, "order", "payment")
	none := must(open.Charges(t.Context(), id))(t)
	if len(none) != 0 {
		t.Fatalf("the provider has %v before anybody asked it", none)
	}
	back()
	p.ends(t, id)
}

// Order dies while the provider works; it never hears the answer.
func TestKillOrderBeforeTheProviderAnswers(t *testing.T) {
	p := meets(t, shop.JSON)
	answer := hold(t)
	id := p.tries(t).ordered(t)
	atProvider(t, p.hanako)
	back := kill(t, "order")
	ok(t, answer(t.Context()))
	payment(t, id, "AUTHORISED")
	back()
	p.ends(t, id)
}

// Payment dies after the provider has done it, before its answer is written down; nor does any webhook tell.
func TestKillPaymentAfterTheProviderAnswered(t *testing.T) {
	p := meets(t, shop.JSON)
	loud, err := open.LoseNotices(t.Context())
	ok(t, err)
	heard, err := open.Fail(t.Context(), shop.Fault{Kind: "timeout", When: "after", Method: "POST", Path: "/v1/payment_intents/*/confirm", Count: 1})
	ok(t, err)
	t.Cleanup(func() { ok(t, errors.Join(loud(context.Background()), heard(context.Background()))) })

	id := p.tries(t).ordered(t)
	charged(t, id, held, 0)
	row := must(open.PaymentRow(t.Context(), id))(t)
	back := kill(t, "payment")
	if row.State == "AUTHORISED" {
		t.Fatal("payment knew already")
	}
	back()
	p.ends(t, id)
}

// Between T2 and its outbox, order: the group is settled, and nobody has been told when order dies.
func TestKillOrderBetweenDecisionAndOutbox(t *testing.T) {
	p := starts(t, shop.JSON)
	thaw := freeze(t, "pubsub")
	p.joins(t)
	id := p.second.GetOrder().GetOrderId()
	untold(t, func(ctx context.Context) ([]string, error) { return open.Unsent(ctx, "order/"+id+"/") })
	back := kill(t, "order")
	thaw()
	back()
	p.bought(t)
}

// Between its own decision and its outbox, payment: the money is held, order has died, and nobody has been told when payment
// dies as well.
func TestKillPaymentBetweenDecisionAndOutbox(t *testing.T) {
	p := meets(t, shop.JSON)
	answer := hold(t)
	id := p.tries(t).ordered(t)
	atProvider(t, p.hanako)
	order := kill(t, "order")
	thaw := freeze(t, "pubsub")
	ok(t, answer(t.Context()))
	payment(t, id, "AUTHORISED")
	row := must(open.PaymentRow(t.Context(), id))(t)
	untold(t, func(ctx context.Context) ([]string, error) { return open.UnsentPayment(ctx, "payment/"+row.ID+"/") })
	back := kill(t, "payment")
	thaw()
	order()
	back()
	p.ends(t, id)
}

// Any one service dies between the start and the join.
func TestKillAnyService(t *testing.T) {
	for _, name := range []string{"catalog", "search", "cart", "user", "reward", "payment", "order", "gateway"} {
		t.Run(name, func(t *testing.T) {
			p := starts(t, shop.JSON)
			back := kill(t, name)
			var err error
			p.second, err = insist(t.Context(), p.taro, p.taro.Join(p.first.GetInvite(), p.goods, 1))
			ok(t, err)
			p.bought(t)
			back()
		})
	}
}

// hold has the provider think about every confirmation until it is told to answer.
func hold(t testing.TB) (answer func(context.Context) error) {
	t.Helper()
	remove, err := open.Fail(t.Context(), shop.Fault{Kind: "delay", Method: "POST", Path: "/v1/payment_intents/*/confirm"})
	ok(t, err)
	t.Cleanup(func() { _ = remove(context.Background()) }) // mostly removed before
	return remove
}

// atProvider waits until payment has made its intent and is asking the provider to confirm it.
func atProvider(t testing.TB, who *shop.Person) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		asked, err := open.OpsOf(ctx, who.ID, "CONFIRM")
		if err == nil && asked != 1 {
			err = fmt.Errorf("payment has begun %d confirmations", asked)
		}
		return err
	})
}

// untold holds that events are waiting in the outbox.
func untold(t testing.TB, waiting func(context.Context) ([]string, error)) {
	t.Helper()
	if ids := must(waiting(t.Context()))(t); len(ids) == 0 {
		t.Fatal("everything has been told already")
	}
}
