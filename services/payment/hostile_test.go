package main

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"pgregory.net/rapid"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// buying is the model of one order: what was asked of payment and took effect, and what the customer's bank has said. It says
// how the payment has to end, whatever goes wrong on the way, and shares no code with the service.
type buying struct {
	id        string
	card      string
	asked     bool
	confirmed int64 // 0: not
	mayTake   bool  // a confirmation was sent, whether it was heard or not
	cancelled bool
	lines     map[string]int64 // refunds due, by key
	bank      string           // of a card that asks: "", "succeed", "fail"
	expired   bool             // the provider has let go of the hold
	again     []testenv.Event  // what was not accepted, and comes again
}

const (
	goodCard = "pm_card_visa"
	badCard  = "pm_card_chargeDeclined"
	askCard  = "pm_card_threeDSecure2Required"
)

// ends are the states in which the payment may end, given what the provider has taken.
func (b *buying) ends(taken int64) []payment.State {
	var back int64
	for _, n := range b.lines {
		back += n
	}
	declined := b.card == badCard || b.card == askCard && b.bank == "fail"
	switch {
	case b.cancelled && taken > 0:
		return []payment.State{payment.Refunded}
	case b.cancelled && b.asked && (declined || b.expired):
		return []payment.State{payment.Failed, payment.Voided}
	case b.cancelled:
		return []payment.State{payment.Voided}
	case declined:
		return []payment.State{payment.Failed}
	case b.card == askCard && b.bank == "":
		return []payment.State{payment.Action}
	case b.expired: // before it was heard of, or after
		return []payment.State{payment.CaptureFailed, payment.Failed}
	case b.confirmed == 0:
		return []payment.State{payment.Authorised}
	case back == 0:
		return []payment.State{payment.Captured}
	case back == b.confirmed:
		return []payment.State{payment.Refunded}
	}
	return []payment.State{payment.PartlyRefunded}
}

// hostile runs payment, as a process that can die at any commit, between the model's orders and a provider that does
// everything that it can do wrong.
type hostile struct {
	*shop
	gate   *testenv.Gate
	kill   atomic.Int64 // at which commit from now on the process dies; 0: at none
	after  atomic.Bool  // the commit is made
	done   map[string]bool
	orders []*buying
}

// TestTheRunningServiceIsAsTheModelSays lets orders be paid, confirmed, cancelled and given back, in any order and each thing
// any number of times, while the provider fails before and after its work, loses answers, and loses, repeats and shuffles its
// notices, and while the process dies between any two steps. In the end every payment is in the state that the model says,
// the provider has what we have, nothing was charged twice, and every invariant holds.
func TestTheRunningServiceIsAsTheModelSays(t *testing.T) {
	checks, steps := "10", "50"
	if os.Getenv("CHECK_LONG") != "" {
		checks, steps = "40", "80"
	}
	defer bounds(t, map[string]string{"rapid.checks": checks, "rapid.steps": steps, "rapid.seed": "1"})()
	h := &hostile{shop: unserved(t), done: map[string]bool{}}
	h.restart()
	rapid.Check(t, func(t *rapid.T) {
		h.orders = nil
		for range 3 {
			card := rapid.SampledFrom([]string{goodCard, goodCard, goodCard, badCard, askCard}).Draw(t, "card")
			h.orders = append(h.orders, &buying{id: newOrder(), card: card, lines: map[string]int64{}})
		}
		t.Repeat(map[string]func(*rapid.T){
			"authorise": h.authorises, "authorise on": h.authorises, "confirm": h.confirms, "confirm on": h.confirms, "cancel": h.cancels, "line": h.lineBack, "bank": h.bankAnswers,
			"hold": h.holdEnds, "fault": h.goesWrong, "notices": h.noticesGoWrong, "die": h.dies,
			"tasks": func(*rapid.T) { h.tasks() },
			"time":  func(*rapid.T) { h.passTime() },
			"":      h.holdsMeanwhile,
		})
		h.finish(t)
	})
	h.sound()
	taken, returned, refused := h.count("Payments WHERE Captured > 0"), h.count("Payments WHERE Refunded > 0"), h.count("Payments WHERE State = 'FAILED'")
	t.Logf("money was taken of %d payments and went back of %d; %d were refused", taken, returned, refused)
	if os.Getenv("CHECK_LONG") != "" && (taken < 5 || returned == 0 || refused == 0) {
		t.Error("too little has happened to prove anything")
	}
}

// bounds sets flags and answers how to take that back.
func bounds(t *testing.T, to map[string]string) (restore func()) {
	t.Helper()
	was := map[string]string{}
	for name, value := range to {
		was[name] = flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for name, value := range was {
			_ = flag.Set(name, value) // it was there
		}
	}
}

// restart starts a process on the same database, behind a gate of its own: the old one is dead for good.
func (h *hostile) restart() {
	h.Helper()
	h.kill.Store(0)
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	h.gate = testenv.NewGate(h.TB, direct, h.fate)
	h.Setenv("SPANNER_EMULATOR_HOST", h.gate.Addr)
	h.serve()
	testenv.Eventually(h, h.lives)
	h.Setenv("SPANNER_EMULATOR_HOST", direct)
	h.webhooks()
}

func (h *hostile) fate(_ *spannerpb.CommitRequest, _ string, _ int, committed bool) testenv.Fate {
	if h.kill.Load() == 0 || committed != h.after.Load() {
		return testenv.Passes
	}
	if h.kill.Add(-1) == 0 {
		return testenv.Kills
	}
	return testenv.Passes
}

// alive starts a process anew when the last one has died.
func (h *hostile) alive() {
	if h.gate.Dead() {
		h.restart()
	}
}

func (h *hostile) pick(t *rapid.T) *buying {
	h.alive()
	return rapid.SampledFrom(h.orders).Draw(t, "order")
}

// authorises asks for a payment, mostly of a provider that is about to fail.
func (h *hostile) authorises(t *rapid.T) {
	b := h.pick(t)
	if rapid.IntRange(0, 3).Draw(t, "mostly") > 0 {
		kind := rapid.SampledFrom([]string{"garbage", "garbage", "error", "reset"}).Draw(t, "kind")
		path := rapid.SampledFrom([]string{"/v1/payment_intents/*/confirm", "/v1/payment_intents/*/confirm", "/v1/payment_intents"}).Draw(t, "path")
		h.fault(kind, "after", path, nil)
	}
	h.ask(b)
}

// ask asks for an order's payment; one that was cancelled before is answered VOIDED.
func (h *hostile) ask(b *buying) bool {
	_, err := h.service.Authorise(h.Context(), h.request(b.id, b.card))
	if !b.cancelled && h.exists(b) {
		b.asked = true
	}
	return err == nil
}

func (h *hostile) exists(b *buying) bool {
	_, ok, err := payment.OfOrder(h.Context(), h.db.Single(), b.id)
	if err != nil {
		h.Fatal(err)
	}
	return ok
}

// tell delivers an event and notes what it has brought about once it is accepted.
func (h *hostile) tell(b *buying, e testenv.Event) bool {
	b.mayTake = b.mayTake || e.Type() == "order.confirmed"
	if h.w.Deliver(h.base, e)/100 != 2 {
		return false
	}
	switch final := finalTotal(h.TB, e); {
	case e.Type() == "order.cancelled":
		b.cancelled = true
	case b.cancelled:
	case e.Type() == "order.confirmed":
		b.confirmed = final
	case e.Type() == "order.refund_due":
		maps.Copy(b.lines, linesOf(h.TB, e))
	}
	return true
}

func (h *hostile) tells(b *buying, e testenv.Event) {
	if !h.tell(b, e) {
		b.again = append(b.again, e)
	}
}

func (h *hostile) confirms(t *rapid.T) {
	if b := h.pick(t); b.confirmed == 0 && b.asked {
		h.tells(b, h.orderEvent("order.confirmed", b.id, 1800))
	}
}

func (h *hostile) cancels(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "often") == 0 {
		b := h.pick(t)
		h.tells(b, h.orderEvent("order.cancelled", b.id, 0))
	}
}

// lineBack is one of three lines, 1,800 yen together, which may come back when the order is paid.
func (h *hostile) lineBack(t *rapid.T) {
	b, n := h.pick(t), rapid.Int64Range(1, 3).Draw(t, "line")
	if b.asked && h.row(b.id).Captured > 0 {
		h.tells(b, h.refundDue(b.id, fmt.Sprint("return/", n), 300*n))
	}
}

func (h *hostile) bankAnswers(t *rapid.T) {
	b, outcome := h.pick(t), rapid.SampledFrom([]string{"succeed", "succeed", "fail"}).Draw(t, "bank")
	for _, in := range h.ledger(b.id) {
		if in.Status == "requires_action" {
			h.simulate("POST", "/simulator/3ds/"+in.ID+"?outcome="+outcome, nil)
			b.bank = outcome
		}
	}
}

func (h *hostile) holdEnds(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "seldom") > 0 {
		return
	}
	b := h.pick(t)
	for _, in := range h.ledger(b.id) {
		if in.Status == "requires_capture" {
			res, err := http.Post(h.stripe+"/simulator/holds/"+in.ID+"/expire", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			b.expired = b.expired || res.StatusCode/100 == 2
		}
	}
}

// goesWrong scripts one failure for the next call of a kind.
func (h *hostile) goesWrong(t *rapid.T) {
	path := rapid.SampledFrom([]string{
		"/v1/payment_intents", "/v1/payment_intents/*/confirm", "/v1/payment_intents/*/capture", "/v1/payment_intents/*/cancel", "/v1/refunds",
	}).Draw(t, "path")
	kind := rapid.SampledFrom([]string{"reset", "error", "garbage", "rate_limit", "delay"}).Draw(t, "kind")
	when := rapid.SampledFrom([]string{"before", "after"}).Draw(t, "when")
	h.fault(kind, when, path, map[string]any{"delay_ms": 30, "count": rapid.IntRange(1, 2).Draw(t, "times")})
}

func (h *hostile) noticesGoWrong(t *rapid.T) {
	h.simulate("POST", "/simulator/webhooks", rapid.SampledFrom([]map[string]any{
		{"kind": "drop", "count": 3}, {"kind": "repeat", "times": 4, "count": 3}, {"kind": "reorder", "size": 3, "count": 3},
		{"kind": "delay", "delay_ms": 50, "count": 3},
	}).Draw(t, "rule"))
}

// dies has the process die at one of its next commits.
func (h *hostile) dies(t *rapid.T) {
	h.alive()
	h.after.Store(rapid.Bool().Draw(t, "committed"))
	h.kill.Store(int64(rapid.IntRange(1, 6).Draw(t, "commits")))
}

// tasks runs what is due, in any order, each twice; what fails comes again.
func (h *hostile) tasks() {
	h.alive()
	all := h.w.Tasks()
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, task := range all {
		if h.done[task.Name] || task.Due.After(time.Now()) {
			continue
		}
		for range 2 {
			h.done[task.Name] = h.w.RunTask(h.base, task) == http.StatusOK
		}
	}
}

// passTime lets a quarter of a minute pass, and the sweep run; a process that dies with it is no error.
func (h *hostile) passTime() {
	h.alive()
	h.w.Advance(15 * time.Second)
	if err := h.sweep(); err != nil {
		h.Log(err)
	}
}

// finalTotal is what an order event says is to be captured.
func finalTotal(t testing.TB, e testenv.Event) int64 {
	var m orderv1.OrderEvent
	e.Decode(t, &m)
	return m.GetFinalTotal().GetAmount()
}

// linesOf are the refunds due of an order event, by key.
func linesOf(t testing.TB, e testenv.Event) map[string]int64 {
	var m orderv1.OrderEvent
	e.Decode(t, &m)
	due := map[string]int64{}
	for _, d := range m.GetRefundsDue() {
		due[d.GetKey()] = d.GetAmount().GetAmount()
	}
	return due
}

// holdsMeanwhile is what must be true at every moment.
func (h *hostile) holdsMeanwhile(t *rapid.T) {
	for _, b := range h.orders {
		held := 0
		for _, in := range h.ledger(b.id) {
			held += in.count("authorised")
			if in.count("captured") > 1 || in.Refunded > in.Captured || in.Captured > 0 && !b.mayTake {
				t.Fatalf("the provider's ledger of %+v: %+v", b, in)
			}
		}
		if held > 1 {
			t.Fatalf("%d holds for %+v", held, b)
		}
	}
}

// finish lets the provider be well, delivers what is still to come, and holds every payment against the model.
func (h *hostile) finish(t *rapid.T) {
	h.calm()
	h.simulate("DELETE", "/simulator/webhooks", nil)
	h.kill.Store(0)
	var open error
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		h.passTime()
		h.tasks()
		if open = h.rest(); open == nil {
			break
		}
	}
	if open != nil {
		t.Fatal(open)
	}
	h.holdsMeanwhile(t)
	for _, b := range h.orders {
		h.compare(t, b)
	}
}

// rest tells what has not come to rest.
func (h *hostile) rest() error {
	for _, b := range h.orders {
		if b.asked && !h.ask(b) {
			return fmt.Errorf("%+v is not answered", b)
		}
		b.again = slices.DeleteFunc(b.again, func(e testenv.Event) bool { return h.tell(b, e) })
		if !h.exists(b) {
			continue
		}
		p := h.row(b.id)
		if len(b.again) > 0 && p.State != payment.Action {
			return fmt.Errorf("%s (%s) does not accept %d events", p.ID, p.State, len(b.again))
		}
		if in := h.ledger(b.id); !slices.Contains(b.ends(taken(in)), p.State) {
			return fmt.Errorf("%s is %s (%d tries), want one of %v; the model: %+v; the provider: %+v", p.ID, p.State, p.Attempts, b.ends(taken(in)), b, in)
		}
	}
	return nil
}

func taken(all []intent) (n int64) {
	for _, in := range all {
		n += in.Captured
	}
	return n
}

func (h *hostile) compare(t *rapid.T, b *buying) {
	if !h.exists(b) {
		if b.asked || len(h.ledger(b.id)) > 0 {
			t.Fatalf("%+v has no payment", b)
		}
		return
	}
	p := h.row(b.id)
	var back int64
	for _, in := range h.ledger(b.id) {
		if back += in.Refunded; in.ID != p.IntentID && in.Authorised > in.Released {
			t.Fatalf("the provider holds %+v beside %s", in, p.IntentID)
		}
	}
	if got := taken(h.ledger(b.id)); got != p.Captured || back != p.Refunded {
		t.Fatalf("%s (%s): %d taken and %d returned, by the provider %d and %d", p.ID, p.State, p.Captured, p.Refunded, got, back)
	}
	if p.Captured > 0 && !b.cancelled && p.Captured != b.confirmed {
		t.Fatalf("%s has taken %d of an order confirmed at %d", p.ID, p.Captured, b.confirmed)
	}
}
