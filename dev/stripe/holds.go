package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// holdQueue lists authorisations by the time at which their hold ends. All holds
// last equally long, so the queue is in order by itself.
type holdQueue struct {
	mu   sync.Mutex
	list []hold
}

type hold struct {
	intent *intent
	until  time.Time
}

func (q *holdQueue) add(pi *intent, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = append(q.list, hold{pi, until})
}

// due takes out what has ended by now.
func (q *holdQueue) due(now time.Time) []hold {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < len(q.list) && !q.list[n].until.After(now) {
		n++
	}
	over := q.list[:n]
	q.list = q.list[n:]
	return over
}

func (q *holdQueue) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = nil
}

// expireHolds ends holds as time passes, until ctx is over.
func (s *simulator) expireHolds(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.sweepHolds()
		}
	}
}

func (s *simulator) sweepHolds() {
	for _, h := range s.ledger.holds.due(s.now()) {
		s.expire(h.intent)
	}
}

// expire ends the hold of an intent as the bank would; false when it holds nothing.
func (s *simulator) expire(pi *intent) bool {
	pi.mu.Lock()
	defer pi.mu.Unlock()
	if pi.status != needsCapture {
		return false
	}
	s.void(nil, pi, cancelAutomatic)
	return true
}

// endHold is the hand that makes time pass for one authorisation.
func (s *simulator) endHold(w http.ResponseWriter, r *http.Request) {
	pi, ok := s.ledger.intents.get(r.PathValue("id"))
	switch {
	case !ok:
		answerError(w, http.StatusNotFound, "no such payment intent")
	case !s.expire(pi):
		answerError(w, http.StatusConflict, "the payment intent holds nothing")
	default:
		pi.mu.Lock()
		defer pi.mu.Unlock()
		answer(w, http.StatusOK, s.renderIntent(pi, nil))
	}
}
