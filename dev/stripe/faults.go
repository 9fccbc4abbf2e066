package main

import (
	"errors"
	"path"
	"sync"
	"time"
)

// Kinds of fault.
const (
	faultDecline   = "decline"    // the bank says no: confirm, set-up, attach, capture, refund
	faultAction    = "action"     // the bank wants to see the customer
	faultDelay     = "delay"      // wait with the key in flight; without delay_ms until the fault is deleted
	faultTimeout   = "timeout"    // never answers
	faultReset     = "reset"      // connection reset
	faultError     = "error"      // HTTP 500, or status
	faultRateLimit = "rate_limit" // HTTP 429
	faultGarbage   = "garbage"    // something which is not JSON, after the work
)

// Sides of the work on which a fault happens.
const (
	whenBefore = "before"
	whenAfter  = "after"
)

// fault is one scripted failure: which requests it takes, and what happens to them.
type fault struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	When     string            `json:"when"`
	Method   string            `json:"method,omitempty"`
	Path     string            `json:"path,omitempty"`     // pattern as of path.Match
	Metadata map[string]string `json:"metadata,omitempty"` // of the request, or of the object it addresses
	trigger

	DelayMS     int    `json:"delay_ms,omitempty"`
	Code        string `json:"code,omitempty"`
	DeclineCode string `json:"decline_code,omitempty"`
	Status      int    `json:"status,omitempty"`

	gone chan struct{} // closed when the fault is removed
}

// faultBook holds the scripted faults in order; the first that takes a request has it.
type faultBook struct {
	mu   sync.Mutex
	list []*fault
}

const maxRules = 10_000

func newFaultBook() *faultBook { return &faultBook{} }

// prepare checks a fault and fills in defaults.
func (f *fault) prepare() error {
	switch f.Kind {
	case faultDecline, faultAction, faultDelay, faultRateLimit:
		f.When = whenBefore
	case faultGarbage:
		f.When = whenAfter
	case faultTimeout, faultReset, faultError:
		if f.When == "" {
			f.When = whenBefore
		}
	default:
		return errors.New("kind must be decline, action, delay, timeout, reset, error, rate_limit or garbage")
	}
	if f.When != whenBefore && f.When != whenAfter {
		return errors.New("when must be before or after")
	}
	if _, err := path.Match(f.Path, "/"); err != nil {
		return errors.New("path must be a pattern like /v1/payment_intents/*/confirm")
	}
	f.ID, f.gone = newID("fault"), make(chan struct{})
	f.Seen, f.Hits = 0, 0
	return nil
}

func (b *faultBook) add(f *fault) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) >= maxRules {
		return errors.New("too many faults: clear them first")
	}
	b.list = append(b.list, f)
	return nil
}

// match finds the fault scripted for this request, or nil.
func (b *faultBook) match(s *simulator, c *call) *fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.list {
		if !f.spent() && f.concerns(s, c) && f.pull() {
			return f
		}
	}
	return nil
}

func (f *fault) concerns(s *simulator, c *call) bool {
	if f.Method != "" && f.Method != c.method {
		return false
	}
	if f.Path != "" {
		if ok, _ := path.Match(f.Path, c.path); !ok {
			return false
		}
	}
	return len(f.Metadata) == 0 || s.carries(c, f.Metadata)
}

// snapshot is the list as it stands.
func (b *faultBook) snapshot() []fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]fault, len(b.list))
	for i, f := range b.list {
		out[i] = *f
	}
	return out
}

// remove takes one fault away and lets go of those waiting on it.
func (b *faultBook) remove(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.list {
		if f.ID == id {
			close(f.gone)
			b.list = append(b.list[:i:i], b.list[i+1:]...)
			return true
		}
	}
	return false
}

func (b *faultBook) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.list {
		close(f.gone)
	}
	b.list = nil
}

func (f *fault) is(kind, when string) bool { return f != nil && f.Kind == kind && f.When == when }

func (f *fault) losesConnection(when string) bool {
	return f.is(faultTimeout, when) || f.is(faultReset, when)
}

func (f *fault) statusOr(status int) int {
	if f.Status != 0 {
		return f.Status
	}
	return status
}

// wait lets DelayMS pass, or waits for the removal of the fault.
func (f *fault) wait(closing <-chan struct{}) {
	var over <-chan time.Time
	if f.DelayMS > 0 {
		over = time.After(time.Duration(f.DelayMS) * time.Millisecond)
	}
	select {
	case <-over:
	case <-f.gone:
	case <-closing:
	}
}

// refusal is the bank's answer which the fault of this call scripts, or nil.
func (c *call) refusal() *decline {
	if !c.fault.is(faultDecline, whenBefore) {
		return nil
	}
	d := *noReason
	if c.fault.DeclineCode != "" {
		d.declineCode = c.fault.DeclineCode
	}
	if c.fault.Code != "" {
		d.code = c.fault.Code
	}
	return &d
}
