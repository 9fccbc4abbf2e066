package main

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// hooks keeps the last events and delivers them to one URL, in no promised order,
// each until it is answered 2xx or has failed for good. What is scripted (rules)
// may drop, delay, repeat or reorder them on the way.
type hooks struct {
	mu      sync.Mutex
	idle    sync.Cond // signalled when the queue grows or closes
	url     string
	wanted  []string // types that are sent; "refund.*" is all that begin so
	events  []*event // the last maxEvents, oldest first
	byID    map[string]*event
	rules   []*rule
	queue   []batch // ready to be sent
	timers  map[*time.Timer]struct{}
	era     int // grows with each reset: what was under way before it is void
	closed  bool
	post    poster
	backoff func(attempt int) time.Duration
}

// batch is events sent one after the other, so in that order.
type batch struct {
	era      int
	attempts int // failed so far; batches of more than one are split before they are repeated
	events   []*event
}

const (
	maxEvents   = 20_000
	maxQueue    = 50_000
	maxAttempts = 40
	hookWorkers = 16
)

func newHooks(url, secret string, wanted ...string) *hooks {
	h := &hooks{
		url:     url,
		wanted:  wanted,
		byID:    map[string]*event{},
		timers:  map[*time.Timer]struct{}{},
		post:    newPoster(secret),
		backoff: hookBackoff,
	}
	h.idle.L = &h.mu
	for range hookWorkers {
		go h.work()
	}
	return h
}

// hookBackoff is how long to wait after so many failures.
func hookBackoff(attempt int) time.Duration {
	return min(200*time.Millisecond<<min(attempt-1, 10), 30*time.Second)
}

// publish keeps an event and sends it as the rules have it.
func (h *hooks) publish(ev *event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, ev)
	h.byID[ev.id] = ev
	if len(h.events) > maxEvents {
		delete(h.byID, h.events[0].id)
		h.events = h.events[1:]
	}
	if h.url != "" && h.wants(ev.typ) {
		h.plan(ev)
	}
}

// wants tells whether the endpoint has asked for events of a type; one that has named none has asked for all.
func (h *hooks) wants(typ string) bool {
	return len(h.wanted) == 0 || slices.ContainsFunc(h.wanted, func(w string) bool {
		begin, open := strings.CutSuffix(w, "*")
		return w == typ || open && strings.HasPrefix(typ, begin)
	})
}

// send puts an event into the queue, past all rules.
func (h *hooks) send(ev *event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.push(batch{era: h.era, events: []*event{ev}})
}

// push queues a batch; the caller holds the lock. A queue that nobody empties
// loses its oldest.
func (h *hooks) push(b batch) {
	if b.era != h.era || h.closed || h.url == "" {
		return
	}
	if len(h.queue) >= maxQueue {
		h.queue = h.queue[1:]
	}
	h.queue = append(h.queue, b)
	h.idle.Signal()
}

// pushLater queues a batch after a while; the caller holds the lock.
func (h *hooks) pushLater(b batch, after time.Duration) {
	var t *time.Timer
	t = time.AfterFunc(after, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.timers, t)
		h.push(b)
	})
	h.timers[t] = struct{}{}
}

// work sends batches until the hooks are closed.
func (h *hooks) work() {
	for {
		b, url, ok := h.next()
		if !ok {
			return
		}
		for _, ev := range b.events {
			h.done(b, ev, h.post.post(url, ev.body))
		}
	}
}

func (h *hooks) next() (batch, string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.queue) == 0 && !h.closed {
		h.idle.Wait()
	}
	if h.closed {
		return batch{}, "", false
	}
	b := h.queue[0]
	h.queue = h.queue[1:]
	return b, h.url, true
}

// done books one attempt, and plans the next one after a failure.
func (h *hooks) done(b batch, ev *event, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev.attempts++
	if err == nil {
		ev.delivered++
		return
	}
	ev.failed = err.Error()
	if b.attempts+1 < maxAttempts && !h.closed {
		again := batch{era: b.era, attempts: b.attempts + 1, events: []*event{ev}}
		h.pushLater(again, h.backoff(again.attempts))
	}
}

func (h *hooks) point(url string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.url = url
}

func (h *hooks) find(id string) (*event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev, ok := h.byID[id]
	return ev, ok
}

func (h *hooks) all() []*event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.events
}

func (h *hooks) report(undelivered bool) []eventReport {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []eventReport{}
	for _, ev := range h.events {
		if undelivered && ev.delivered > 0 {
			continue
		}
		out = append(out, eventReport{
			ID: ev.id, Type: ev.typ, Created: ev.created.UTC(), Attempts: ev.attempts,
			Delivered: ev.delivered, Dropped: ev.dropped, Failed: ev.failed,
		})
	}
	return out
}

// reset forgets events and rules; what is under way is not repeated.
func (h *hooks) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.era++
	h.stopTimers()
	h.events, h.byID, h.rules, h.queue = nil, map[string]*event{}, nil, nil
}

func (h *hooks) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.stopTimers()
	h.idle.Broadcast()
}

func (h *hooks) stopTimers() {
	for t := range h.timers {
		t.Stop()
	}
	clear(h.timers)
}
