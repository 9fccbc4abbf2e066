package payment

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// machine drives one payment against a model of the provider: calls are done or not, answered or not, in any order with
// the order's events and the provider's notices, each any number of times.
type machine struct {
	c         *Change
	status    Status // of the provider's object; empty: there is none
	amount    int64
	charges   int // authorisations
	taken     int64
	returned  int64
	refunds   map[string]Op // made, by our id
	failed    []Op          // refunds that were made and came back
	dispute   DisputeStatus // empty: there is none
	disputed  int64
	confirmed bool
	ops       int
}

func (m *machine) newOp() string {
	m.ops++
	return fmt.Sprint("op_", m.ops)
}

// TestPaymentMachine also counts how payments end: a machine that never gets anywhere proves nothing.
func TestPaymentMachine(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // nobody asked for another number
		checks := "10000"
		if os.Getenv("CHECK_LONG") != "" {
			checks = "300000"
		}
		_ = f.Value.Set(checks) // a number
		defer func() { _ = f.Value.Set(f.DefValue) }()
	}
	ends := map[State]int{}
	returned := 0
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{refunds: map[string]Op{}}
		saved := rapid.SampledFrom([]string{"", "pm_1"}).Draw(t, "saved")
		m.c = New(Payment{ID: "pay_1", OrderID: "ord_1", CustomerID: "u_1", Currency: "JPY", Amount: 1980, SavedMethodID: saved}, noon)
		t.Repeat(map[string]func(*rapid.T){
			"call": m.call, "call on": m.call, "call again": m.call,
			"read": m.read, "read on": m.read,
			"app":     m.app,
			"hold":    seldom(m.holdEnds),
			"confirm": m.orderConfirmed,
			"cancel":  seldom(func(*rapid.T) { m.c.OrderCancelled() }),
			"due":     m.refundDue,
			"fail":    m.refundFails,
			"dispute": seldom(m.disputes),
			"decide":  m.somebodyDecides,
			"time": seldom(func(t *rapid.T) {
				m.c.Now = m.c.Now.Add(time.Duration(rapid.IntRange(1, 48).Draw(t, "hours")) * time.Hour)
			}),
			"": m.invariants,
		})
		ends[m.c.Payment.State]++
		m.finish(t)
		returned += len(m.failed)
	})
	t.Log(ends, returned, "refunds came back")
	for _, s := range []State{Authorised, Failed, Captured, CaptureFailed, Voided, PartlyRefunded, Refunded, Disputed, Lost} {
		if ends[s] == 0 && !t.Failed() {
			t.Errorf("no payment was %s when its order died", s)
		}
	}
}

// seldom lets an action happen once in about ten times.
func seldom(do func(*rapid.T)) func(*rapid.T) {
	return func(t *rapid.T) {
		if rapid.Float64Range(0, 1).Draw(t, "seldom") > .9 {
			do(t)
		}
	}
}

// call makes the wanted call; the provider may do it or not, and answer or not.
func (m *machine) call(t *rapid.T) {
	kind := m.c.Payment.Wants()
	if kind == Nothing || kind == Read {
		return
	}
	m.c.Now = m.c.Now.Add(repeatAfter)
	if m.c.Tried(kind) {
		m.read(t)
	}
	op, ok := m.c.Begin(kind, m.newOp())
	if !ok {
		return
	}
	if kind == OpRefund && (m.dispute == DisputeOpen || m.dispute == DisputeLost) {
		m.c.EndOp(op.ID, OpRefused, "charge_disputed")
		m.c.RefundRefused(op.RefundID, "charge_disputed")
		return
	}
	refused := kind == OpConfirm && m.status == Unconfirmed && rapid.Bool().Draw(t, "declined")
	if done := rapid.Bool().Draw(t, "done"); done {
		m.work(op, refused)
	}
	switch answer := rapid.SampledFrom([]string{"answer", "silence", "failure"}).Draw(t, "answer"); {
	case answer == "silence":
		m.c.LoseAnswer()
	case answer == "failure":
		m.c.EndOp(op.ID, OpSpent, "500")
		m.c.LoseAnswer()
	default:
		m.read(t)
	}
}

// work is what the provider does for an op.
func (m *machine) work(op Op, refused bool) {
	switch op.Kind {
	case OpCreate:
		if m.status == "" {
			m.status, m.amount = Unconfirmed, op.Amount
		}
	case OpConfirm:
		m.confirm(refused)
	case OpCapture:
		if m.status == Held {
			m.status, m.amount, m.taken = Taken, op.Amount, op.Amount
		}
	case OpCancel:
		if m.status != Taken {
			m.status = Cancelled
		}
	case OpRefund:
		if m.refunds[op.RefundID].ID == "" && m.dispute != DisputeOpen && m.dispute != DisputeLost {
			m.refunds[op.RefundID] = op
			m.returned += op.Amount
		}
	}
}

func (m *machine) confirm(refused bool) {
	if m.status != Unconfirmed && m.status != Refused && m.status != NeedsAction {
		return
	}
	m.status = Held
	m.charges++
	if refused {
		m.status = Refused
		m.charges--
	}
}

// app is the customer, who confirms with the client secret.
func (m *machine) app(t *rapid.T) {
	if m.c.Payment.SavedMethodID == "" && m.status != "" {
		m.confirm(rapid.Bool().Draw(t, "declined"))
	}
}

func (m *machine) holdEnds(*rapid.T) {
	if m.status == Held {
		m.status = Cancelled
	}
}

func (m *machine) orderConfirmed(t *rapid.T) {
	amount := rapid.Int64Range(50, 1980).Draw(t, "amount")
	if err := m.c.Capture(amount); err == nil && m.c.Payment.State == Capturing {
		m.confirmed = true
	}
}

// read is a webhook followed, a task, or the sweep.
func (m *machine) read(t *rapid.T) {
	if m.status == "" {
		return
	}
	if err := m.c.See(Sight{IntentID: "pi_1", Status: m.status, Amount: m.amount, Code: "code"}); err != nil {
		t.Fatal(err)
	}
	for id, op := range m.refunds {
		m.c.RefundMade(id, "re_"+op.ID)
	}
	for _, op := range m.failed {
		if rapid.Bool().Draw(t, "an old notice") {
			m.c.RefundMade(op.RefundID, "re_"+op.ID)
		}
		m.c.RefundFailed(op.RefundID, "re_"+op.ID, op.ID, "expired_card")
	}
	if m.dispute != "" {
		m.c.SeeDispute("du_1", m.disputed, m.dispute)
	}
}

func (m *machine) invariants(t *rapid.T) {
	p := m.c.Payment
	for i, s := range m.c.Steps {
		if s.Version != int64(i+1) {
			t.Fatalf("step %d has version %d", i+1, s.Version)
		}
		if i > 0 && s.From != m.c.Steps[i-1].To {
			t.Fatalf("step %d comes from %s after %s", i+1, s.From, m.c.Steps[i-1].To)
		}
	}
	if p.Version != int64(len(m.c.Steps)) {
		t.Fatalf("version %d after %d steps", p.Version, len(m.c.Steps))
	}
	if p.Refunded > p.Captured || p.Captured > p.Authorised || p.Authorised > p.Amount {
		t.Fatalf("refunded %d, captured %d, authorised %d of %d", p.Refunded, p.Captured, p.Authorised, p.Amount)
	}
	if m.charges > 1 {
		t.Fatalf("%d charges", m.charges)
	}
	if m.taken > 0 && !m.confirmed {
		t.Fatal("money was taken for an order that nobody confirmed")
	}
	reversed := map[string]bool{}
	for _, r := range m.c.Reversed {
		if reversed[r.ProviderID] {
			t.Fatalf("%s has come back twice", r.ProviderID)
		}
		reversed[r.ProviderID] = true
	}
	asked, done := int64(0), int64(0)
	for _, r := range m.c.Refunds {
		asked += r.Amount
		if r.State == RefundDone {
			done += r.Amount
		}
	}
	if asked > p.Captured || done != p.Refunded {
		t.Fatalf("%d asked back and %d made of %d, refunded %d", asked, done, p.Captured, p.Refunded)
	}
	if m.returned > m.taken {
		t.Fatalf("%d returned of %d taken", m.returned, m.taken)
	}
	for _, k := range []Kind{OpCreate, OpConfirm, OpCapture, OpCancel} {
		if n := started(m.c, k); n > 1 {
			t.Fatalf("%d open ops of kind %s", n, k)
		}
	}
}

// finish lets the order die and everything be answered: then nothing may be left with the provider.
func (m *machine) finish(t *rapid.T) {
	m.c.OrderCancelled()
	if m.dispute == DisputeOpen {
		m.dispute = DisputeWon
	}
	for range 60 {
		m.read(t)
		m.decideAll(Retry)
		m.c.Now = m.c.Now.Add(repeatAfter)
		kind := m.c.Payment.Wants()
		if kind == Nothing || kind == Read {
			break
		}
		if op, ok := m.c.Begin(kind, m.newOp()); ok {
			m.work(op, false)
		}
	}
	m.read(t)
	m.invariants(t)
	if len(m.c.Reversed) != len(m.failed) {
		t.Fatalf("%d refunds have come back, and %d are booked so", len(m.failed), len(m.c.Reversed))
	}
	p := m.c.Payment
	closed := int64(0) // by other means, or not at all
	for _, r := range m.c.Refunds {
		if r.State == RefundOutside || r.State == RefundForgone {
			closed += r.Amount
		}
	}
	if p.State == Lost {
		return // the bank gave it back
	}
	if s := p.State; s != Voided && s != Refunded && s != Failed && closed == 0 {
		t.Fatalf("a dead order's payment ends %s (provider: %s)", s, m.status)
	}
	if m.status == Held || m.taken != m.returned+closed {
		t.Fatalf("%s ended with the provider at %s, %d taken, %d returned", p.State, m.status, m.taken, m.returned)
	}
}

// refundDue is order.refund_due for one of three lines, each any number of times.
func (m *machine) refundDue(t *rapid.T) {
	line := rapid.IntRange(1, 3).Draw(t, "line")
	_ = m.c.AskRefund(fmt.Sprintf("rfd_line%d", line), int64(line)*400, "order.refund_due") // a refusal changes nothing: see invariants
}

// refundFails is the customer's bank, which sends a refund back.
func (m *machine) refundFails(t *rapid.T) {
	for _, id := range slices.Sorted(maps.Keys(m.refunds)) {
		op := m.refunds[id]
		delete(m.refunds, id)
		m.failed = append(m.failed, op)
		m.returned -= op.Amount
		return
	}
}

// disputes is the customer's objection, and the bank's decision after it.
func (m *machine) disputes(t *rapid.T) {
	switch {
	case m.dispute == "" && m.taken > m.returned:
		m.dispute, m.disputed = DisputeOpen, m.taken-m.returned
	case m.dispute == DisputeOpen:
		m.dispute = rapid.SampledFrom([]DisputeStatus{DisputeWon, DisputeLost}).Draw(t, "decision")
	}
}

func (m *machine) somebodyDecides(t *rapid.T) {
	m.decideAll(rapid.SampledFrom([]Decision{Retry, SettledOutside, WrittenOff}).Draw(t, "decision"))
}

func (m *machine) decideAll(d Decision) {
	for _, r := range slices.Clone(m.c.Refunds) {
		_ = m.c.Decide(r.ID, d) // a disputed payment refuses to try again
	}
}
