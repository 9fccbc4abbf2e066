package main

import (
	"math/rand/v2"
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func (w *world) authorised(orderID string, cartVersion int64, lines ...line) testenv.Event {
	m := &orderv1.OrderEvent{OrderId: orderID, Version: 2, CustomerId: hanako.ID, CartVersion: cartVersion}
	for _, l := range lines {
		m.Lines = append(m.Lines, &orderv1.BoughtLine{Sku: l.SKU, Quantity: int32(l.Quantity)})
	}
	return testenv.NewEvent(w.t, "order", "order.authorised", "order/"+orderID, 2, m)
}

func TestBoughtLinesLeaveOnce(t *testing.T) {
	w := start(t)
	tea, rice := w.catalog.sell(500), w.catalog.sell(1200)
	w.set(hanako, tea, 2)
	w.set(hanako, rice, 1)
	w.DeliverTwice(w.base, w.authorised("ord_1", 2, line{tea, 2}, line{rice, 1}))
	w.wantLines(hanako.ID, 3)
	w.set(hanako, tea, 1)
	w.DeliverTwice(w.base, w.authorised("ord_1", 2, line{tea, 2}, line{rice, 1}))
	w.wantLines(hanako.ID, 4, line{tea, 1})
	w.wantSound(1)
}

func TestWhatWasAddedSinceStays(t *testing.T) {
	w := start(t)
	tea, rice, miso := w.catalog.sell(500), w.catalog.sell(1200), w.catalog.sell(300)
	w.set(hanako, tea, 2)
	w.set(hanako, rice, 1)
	w.set(hanako, tea, 5) // after the checkout of version 2
	w.set(hanako, rice, 0)
	w.set(hanako, miso, 1)
	w.DeliverTwice(w.base, w.authorised("ord_1", 2, line{tea, 2}, line{rice, 1}))
	w.wantLines(hanako.ID, 6, line{tea, 3}, line{miso, 1})
}

func TestOrdersInAnyOrder(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(hanako, tea, 10)
	var events []testenv.Event
	for _, orderID := range []string{"ord_1", "ord_2", "ord_3"} {
		e := w.authorised(orderID, 1, line{tea, 2})
		events = append(events, e, e)
	}
	rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for _, e := range events {
		if code := w.Deliver(w.base, e); code/100 != 2 {
			t.Fatalf("status %d", code)
		}
	}
	w.wantLines(hanako.ID, 4, line{tea, 4})
}

func TestGroupOrdersLeaveTheCartAlone(t *testing.T) {
	w := start(t)
	tea := w.catalog.sell(500)
	w.set(hanako, tea, 2)
	w.DeliverTwice(w.base, w.authorised("ord_1", 0, line{tea, 2}))
	w.wantLines(hanako.ID, 1, line{tea, 2})
}

func TestAnOrderWithoutACustomerIsRefusedForGood(t *testing.T) {
	w := start(t)
	m := &orderv1.OrderEvent{OrderId: "ord_1", CartVersion: 1}
	w.Deliver(w.base, testenv.NewEvent(w.t, "order", "order.authorised", "order/ord_1", 2, m))
	if got := w.WaitEvent("order.authorised").Topic; got != "order-cart-dead" {
		t.Errorf("went to topic %q", got)
	}
}
