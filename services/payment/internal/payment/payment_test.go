package payment

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// in is a payment of 1,980 yen in a state, as its own transitions would have left it.
func in(s State) *Change {
	p := Payment{
		ID: "pay_1", OrderID: "ord_1", CustomerID: "u_1", State: s, StateAt: noon.Add(-time.Minute), Version: 5,
		Currency: "JPY", Amount: 1980, SavedMethodID: "pm_1", IntentID: "pi_1", CreatedAt: noon.Add(-time.Hour),
	}
	switch s {
	case Authorised, Capturing, CaptureFailed:
		p.Authorised, p.CaptureBefore = 1980, at(noon.Add(time.Hour))
	case Captured, PartlyRefunded, Refunding, Refunded:
		p.Authorised, p.ToCapture, p.Captured = 1980, 1980, 1980
	}
	if s == Refunded {
		p.Refunded = 1980
	}
	c := &Change{Payment: p, Now: noon, before: p}
	if s == Refunding {
		c.Refunds = []Refund{{PaymentID: "pay_1", ID: "rfd_1", Amount: 1980, State: RefundAsked}}
	}
	return c
}

func sightOf(s Status) Sight {
	return Sight{IntentID: "pi_1", Status: s, Amount: 1980, Code: "because"}
}

// path is the states that a change has passed through, its start first.
func path(c *Change) []State {
	out := []State{c.before.State}
	for _, s := range c.Steps {
		out = append(out, s.To)
	}
	return out
}

func TestSee(t *testing.T) {
	tests := []struct {
		from State
		seen Status
		want []State // after from; empty: nothing moves
	}{
		{Created, Unconfirmed, nil},
		{Created, Processing, nil},
		{Created, NeedsAction, []State{Action}},
		{Created, Held, []State{Authorised}},
		{Created, Refused, []State{Failed}},
		{Created, Cancelled, []State{Failed}},
		{Unknown, Held, []State{Authorised}},
		{Unknown, Refused, []State{Failed}},
		{Unknown, NeedsAction, []State{Action}},
		{Action, Unconfirmed, nil},
		{Action, NeedsAction, nil},
		{Action, Held, []State{Authorised}},
		{Action, Refused, []State{Failed}},
		{Authorised, Held, nil},
		{Authorised, NeedsAction, nil},
		{Authorised, Refused, nil},
		{Authorised, Cancelled, []State{CaptureFailed}},
		{Authorised, Taken, []State{Captured}},
		{Capturing, Held, nil},
		{Capturing, Taken, []State{Captured}},
		{Capturing, Cancelled, []State{CaptureFailed}},
		{Captured, Held, nil},
		{Captured, Taken, nil},
		{Captured, Cancelled, nil},
		{CaptureFailed, Held, nil},
		{CaptureFailed, Taken, []State{Refunding}},
		{Failed, Held, []State{Voiding}},
		{Failed, Cancelled, nil},
		{Voiding, Held, nil},
		{Voiding, Refused, nil},
		{Voiding, Cancelled, []State{Voided}},
		{Voiding, Taken, []State{Refunding}},
		{Voided, Held, nil},
		{Voided, Cancelled, nil},
		{Refunding, Taken, nil},
		{Refunded, Taken, nil},
		{Refunded, Held, nil},
	}
	for _, tt := range tests {
		t.Run(string(tt.from)+" sees "+string(tt.seen), func(t *testing.T) {
			c := in(tt.from)
			for range 2 { // a repeat changes nothing more
				if err := c.See(sightOf(tt.seen)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(append([]State{tt.from}, tt.want...), path(c)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSeeRefuses(t *testing.T) {
	tests := []struct {
		name string
		from State
		seen Sight
	}{
		{"another object", Created, Sight{IntentID: "pi_2", Status: Held, Amount: 1980}},
		{"less held than asked", Created, Sight{IntentID: "pi_1", Status: Held, Amount: 1979}},
		{"more taken than asked", Capturing, Sight{IntentID: "pi_1", Status: Taken, Amount: 1981}},
		{"nothing taken", Capturing, Sight{IntentID: "pi_1", Status: Taken}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if c := in(tt.from); c.See(tt.seen) == nil || len(c.Steps) > 0 {
				t.Errorf("See(%+v) moved %v, want an error and no step", tt.seen, path(c))
			}
		})
	}
}

func TestOrderCancelled(t *testing.T) {
	tests := []struct {
		from State
		want []State
		then Status // what the provider shows next
		end  []State
	}{
		{Created, []State{Voiding}, Cancelled, []State{Voided}},
		{Action, []State{Voiding}, Held, nil},
		{Unknown, []State{Voiding}, Cancelled, []State{Voided}},
		{Authorised, []State{Voiding}, Taken, []State{Refunding}},
		{CaptureFailed, []State{Voiding}, Cancelled, []State{Voided}},
		{Capturing, []State{Capturing}, Taken, []State{Captured, Refunding}},
		{Capturing, []State{Capturing}, Cancelled, []State{CaptureFailed, Voiding, Voided}},
		{Captured, []State{Refunding}, Taken, nil},
		{PartlyRefunded, []State{Refunding}, Taken, nil},
		{Refunding, []State{Refunding}, Taken, nil},
		{Failed, []State{Failed}, Held, []State{Voiding}},
		{Voided, nil, Cancelled, nil},
		{Voiding, nil, Cancelled, []State{Voided}},
		{Refunded, nil, Taken, nil},
	}
	for _, tt := range tests {
		t.Run(string(tt.from)+" then "+string(tt.then), func(t *testing.T) {
			c := in(tt.from)
			c.OrderCancelled()
			c.OrderCancelled()
			if err := c.See(sightOf(tt.then)); err != nil {
				t.Fatal(err)
			}
			want := append(append([]State{tt.from}, tt.want...), tt.end...)
			if diff := cmp.Diff(want, path(c)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if !c.Payment.Dead {
				t.Error("the payment has forgotten that its order is dead")
			}
		})
	}
}

func TestCancelledBeforeTheProviderWasAsked(t *testing.T) {
	c := New(Payment{ID: "pay_1", OrderID: "ord_1", Amount: 1980, Currency: "JPY"}, noon)
	c.OrderCancelled()
	if diff := cmp.Diff([]State{"", Created, Voiding, Voided}, path(c)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if c.Payment.Wants() != Nothing {
		t.Errorf("wants %s, want nothing", c.Payment.Wants())
	}
}

func TestCapture(t *testing.T) {
	tests := []struct {
		name   string
		from   State
		amount int64
		want   []State
		err    error
	}{
		{"all", Authorised, 1980, []State{Authorised, Capturing}, nil},
		{"less", Authorised, 980, []State{Authorised, Capturing}, nil},
		{"more than held", Authorised, 1981, []State{Authorised}, ErrAmount},
		{"nothing", Authorised, 0, []State{Authorised}, ErrAmount},
		{"again", Capturing, 1980, []State{Capturing}, nil},
		{"long since", Captured, 1980, []State{Captured}, nil},
		{"before the answer", Unknown, 1980, []State{Unknown}, ErrEarly},
		{"after the cancellation", Voided, 1980, []State{Voided}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := in(tt.from)
			if err := c.Capture(tt.amount); !errors.Is(err, tt.err) {
				t.Errorf("Capture = %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, path(c)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADeadOrderIsNotCaptured(t *testing.T) {
	c := in(Authorised)
	c.OrderCancelled()
	if err := c.Capture(1980); err != nil || c.Payment.State != Voiding {
		t.Errorf("Capture after the cancellation = %v in %s, want nil in VOIDING", err, c.Payment.State)
	}
}

func TestCaptureGivesUp(t *testing.T) {
	tests := []struct {
		name  string
		since time.Duration // in CAPTURING
		until time.Duration // that the hold lasts
		want  State
	}{
		{"while there is time", time.Hour, time.Hour, Capturing},
		{"after a day", 24 * time.Hour, time.Hour, CaptureFailed},
		{"when the hold is over", time.Minute, -time.Second, CaptureFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := in(Capturing)
			c.Payment.StateAt, c.Payment.CaptureBefore = noon.Add(-tt.since), at(noon.Add(tt.until))
			if err := c.See(sightOf(Held)); err != nil || c.Payment.State != tt.want {
				t.Errorf("See(HELD) = %v in %s, want %s", err, c.Payment.State, tt.want)
			}
		})
	}
}

func TestBackOff(t *testing.T) {
	c := in(Unknown)
	var waits []time.Duration
	for range 7 {
		c.Payment.NextAt = at(noon)
		c.Again(Unknown)
		waits = append(waits, c.Payment.NextAt.Time.Sub(noon))
	}
	want := []time.Duration{2e9, 4e9, 8e9, 16e9, 30e9, 30e9, 30e9}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

func TestClaim(t *testing.T) {
	c := in(Capturing)
	c.Payment.NextAt = at(noon)
	if !c.Claim() || c.Claim() {
		t.Error("a due payment was not claimed exactly once")
	}
	c.Now = noon.Add(Lease)
	if !c.Claim() {
		t.Error("the lease of one that has died was not taken over")
	}
}
