package payment

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBegin(t *testing.T) {
	op := func(k Kind, s OpState, age time.Duration) []Op {
		return []Op{{PaymentID: "pay_1", ID: "op_old", Kind: k, State: s, StartedAt: noon.Add(-age)}}
	}
	tests := []struct {
		name string
		from State
		ops  []Op
		kind Kind
		want string // the op's id; empty: not wanted now
	}{
		{"the first", Capturing, nil, OpCapture, "op_new"},
		{"not wanted", Authorised, nil, OpCapture, ""},
		{"no answer: the same key", Capturing, op(OpCapture, OpStarted, time.Minute), OpCapture, "op_old"},
		{"the key has answered with a failure", Capturing, op(OpCapture, OpSpent, time.Minute), OpCapture, "op_new"},
		{"the key is too old", Capturing, op(OpCapture, OpStarted, 23*time.Hour), OpCapture, "op_new"},
		{"refused", Voiding, op(OpCancel, OpRefused, time.Minute), OpCancel, "op_new"},
		{"a confirm that may be under way", Unknown, op(OpConfirm, OpStarted, 9*time.Second), OpConfirm, ""},
		{"a confirm without an answer", Unknown, op(OpConfirm, OpStarted, 10*time.Second), OpConfirm, "op_old"},
		{"another kind", Unknown, op(OpCreate, OpDone, time.Second), OpConfirm, "op_new"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := in(tt.from)
			c.Ops = tt.ops
			got, ok := c.Begin(tt.kind, "op_new")
			if ok != (tt.want != "") || got.ID != tt.want {
				t.Errorf("Begin = %q %v, want %q", got.ID, ok, tt.want)
			}
			if n := started(c, tt.kind); n > 1 {
				t.Errorf("%d ops are open at once", n)
			}
		})
	}
}

func started(c *Change, k Kind) (n int) {
	for _, op := range c.Ops {
		if op.Kind == k && op.State == OpStarted {
			n++
		}
	}
	return n
}

func TestWants(t *testing.T) {
	type wish struct {
		State  State
		Intent bool
		Saved  bool
	}
	got := map[wish]Kind{}
	for _, s := range []State{Created, Action, Unknown, Authorised, Failed, Capturing, Captured, CaptureFailed, Voiding, Voided, Refunding, PartlyRefunded, Refunded} {
		for _, w := range []wish{{s, false, true}, {s, true, true}, {s, true, false}} {
			p := Payment{State: s, NextAt: at(noon)}
			if w.Intent {
				p.IntentID = "pi_1"
			}
			if w.Saved {
				p.SavedMethodID = "pm_1"
			}
			if k := p.Wants(); k != Nothing {
				got[w] = k
			}
		}
	}
	want := map[wish]Kind{
		{Created, false, true}: OpCreate, {Created, true, true}: OpConfirm, {Created, true, false}: Read,
		{Unknown, false, true}: OpCreate, {Unknown, true, true}: OpConfirm, {Unknown, true, false}: Read,
		{Action, false, true}: Read, {Action, true, true}: Read, {Action, true, false}: Read,
		{Authorised, false, true}: Read, {Authorised, true, true}: Read, {Authorised, true, false}: Read,
		{Capturing, false, true}: OpCapture, {Capturing, true, true}: OpCapture, {Capturing, true, false}: OpCapture,
		{Voiding, false, true}: OpCreate, {Voiding, true, true}: OpCancel, {Voiding, true, false}: OpCancel,
		{Failed, true, true}: OpCancel, {Failed, true, false}: OpCancel,
		{Refunding, false, true}: OpRefund, {Refunding, true, true}: OpRefund, {Refunding, true, false}: OpRefund,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what payments wait for (-want +got):\n%s", diff)
	}
}

func TestWorkThatIsSeenSettlesItsOp(t *testing.T) {
	c := in(Capturing)
	c.Ops = []Op{{ID: "op_1", Kind: OpCapture, State: OpSpent, StartedAt: noon.Add(-time.Minute)}}
	if err := c.See(sightOf(Taken)); err != nil {
		t.Fatal(err)
	}
	if got := c.Ops[0]; got.State != OpDone || got.ProviderID != "pi_1" {
		t.Errorf("op = %s of %q, want DONE of pi_1: the answer was a failure and the work was done", got.State, got.ProviderID)
	}
}
