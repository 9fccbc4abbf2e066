package main

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// Kinds of rule.
const (
	ruleDrop    = "drop"    // never sent, but kept: it can be resent
	ruleDelay   = "delay"   // sent delay_ms later
	ruleRepeat  = "repeat"  // sent so many times
	ruleReorder = "reorder" // held until there are so many, then sent in reverse
)

// rule is one scripted misfortune of webhooks on their way.
type rule struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Type     string            `json:"type,omitempty"` // pattern such as payment_intent.*; empty = all
	Metadata map[string]string `json:"metadata,omitempty"`
	trigger

	DelayMS int `json:"delay_ms,omitempty"`
	Times   int `json:"times,omitempty"`
	Size    int `json:"size,omitempty"`

	held []*event
}

func (r *rule) prepare() error {
	switch {
	case r.Kind == ruleDrop, r.Kind == ruleDelay && r.DelayMS > 0:
	case r.Kind == ruleRepeat && r.Times >= 2 && r.Times <= 100:
	case r.Kind == ruleReorder && r.Size >= 2 && r.Size <= 10_000:
	default:
		return errors.New("kind must be drop, delay (with delay_ms), repeat (times 2 to 100) or reorder (size 2 to 10000)")
	}
	r.ID = newID("rule")
	r.Seen, r.Hits = 0, 0
	return nil
}

func (r *rule) concerns(ev *event) bool {
	return (r.Type == "" || typeMatches(r.Type, ev.typ)) && contains(ev.metadata, r.Metadata)
}

// plan sends an event as the rules have it; the caller holds the lock.
func (h *hooks) plan(ev *event) {
	times, delay := 1, time.Duration(0)
	for _, r := range h.rules {
		if r.spent() || !r.concerns(ev) || !r.pull() {
			continue
		}
		switch r.Kind {
		case ruleDrop:
			ev.dropped = true
			return
		case ruleDelay:
			delay += time.Duration(r.DelayMS) * time.Millisecond
		case ruleRepeat:
			times *= r.Times
		case ruleReorder:
			h.hold(r, ev)
			return
		}
	}
	for range times {
		b := batch{era: h.era, events: []*event{ev}}
		if delay > 0 {
			h.pushLater(b, delay)
		} else {
			h.push(b)
		}
	}
}

// hold keeps an event back until its rule has enough to send in reverse.
func (h *hooks) hold(r *rule, ev *event) {
	r.held = append(r.held, ev)
	if len(r.held) >= r.Size {
		h.letGo(r)
	}
}

func (h *hooks) letGo(r *rule) {
	slices.Reverse(r.held)
	if len(r.held) > 0 {
		h.push(batch{era: h.era, events: r.held})
	}
	r.held = nil
}

// flush sends all that is held, and tells how many.
func (h *hooks) flush() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, r := range h.rules {
		n += len(r.held)
		h.letGo(r)
	}
	return n
}

func (h *hooks) addRule(r *rule) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.rules) >= maxRules {
		return errors.New("too many rules: clear them first")
	}
	h.rules = append(h.rules, r)
	return nil
}

// removeRules takes one rule away, or all when id is empty; what it held is sent.
func (h *hooks) removeRules(id string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := len(h.rules)
	h.rules = slices.DeleteFunc(h.rules, func(r *rule) bool {
		gone := id == "" || r.ID == id
		if gone {
			h.letGo(r)
		}
		return gone
	})
	return before - len(h.rules)
}

func (h *hooks) snapshot() []rule {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]rule, len(h.rules))
	for i, r := range h.rules {
		out[i] = *r
	}
	return out
}

func (s *simulator) readRules(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"rules": s.hooks.snapshot()})
}

func (s *simulator) addRule(w http.ResponseWriter, r *http.Request) {
	added := new(rule)
	if !read(w, r, added) {
		return
	}
	err := added.prepare()
	if err == nil {
		err = s.hooks.addRule(added)
	}
	if err != nil {
		answerError(w, http.StatusBadRequest, err.Error())
		return
	}
	answer(w, http.StatusCreated, map[string]string{"id": added.ID})
}

func (s *simulator) clearRules(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]int{"removed": s.hooks.removeRules("")})
}

func (s *simulator) removeRule(w http.ResponseWriter, r *http.Request) {
	if s.hooks.removeRules(r.PathValue("id")) == 0 {
		answerError(w, http.StatusNotFound, "no such rule")
		return
	}
	answer(w, http.StatusOK, map[string]int{"removed": 1})
}

func (s *simulator) flushWebhooks(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]int{"sent": s.hooks.flush()})
}

// pointWebhooks changes where webhooks go; empty stops them.
func (s *simulator) pointWebhooks(w http.ResponseWriter, r *http.Request) {
	var to struct {
		URL string `json:"url"`
	}
	if read(w, r, &to) {
		s.hooks.point(to.URL)
		answer(w, http.StatusOK, to)
	}
}
