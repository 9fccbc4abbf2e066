package main

import (
	"sort"
	"sync"
	"time"
)

// requestLog counts what was called and keeps the last requests whole.
type requestLog struct {
	mu     sync.Mutex
	counts map[counted]int
	recent []request // a ring of maxRecent
	next   int
}

type counted struct {
	route  string
	status int
}

// request is one request as it was answered; status 0 is no answer at all.
type request struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Route      string    `json:"route"`
	Path       string    `json:"path"`
	Status     int       `json:"status"`
	Key        string    `json:"idempotency_key,omitempty"`
	Replayed   bool      `json:"replayed,omitempty"`
	Fault      string    `json:"fault,omitempty"`
	DurationMS float64   `json:"duration_ms"`
}

type requestCount struct {
	Route  string `json:"route"`
	Status int    `json:"status"`
	Count  int    `json:"count"`
}

const maxRecent = 1_000

func newRequestLog() *requestLog { return &requestLog{counts: map[counted]int{}} }

func (l *requestLog) add(c *call, status int, replayed bool) {
	r := request{
		ID: c.id, At: c.started.UTC(), Route: c.route, Path: c.path, Status: status, Key: c.key,
		Replayed: replayed, DurationMS: float64(time.Since(c.started).Microseconds()) / 1000,
	}
	if c.fault != nil {
		r.Fault = c.fault.ID
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[counted{c.route, status}]++
	if len(l.recent) < maxRecent {
		l.recent = append(l.recent, r)
		return
	}
	l.recent[l.next] = r
	l.next = (l.next + 1) % maxRecent
}

// read returns the counts by route and status, and the last requests, oldest first.
func (l *requestLog) read() ([]requestCount, []request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := make([]requestCount, 0, len(l.counts))
	for k, n := range l.counts {
		counts = append(counts, requestCount{k.route, k.status, n})
	}
	sort.Slice(counts, func(i, j int) bool {
		a, b := counts[i], counts[j]
		return a.Route < b.Route || a.Route == b.Route && a.Status < b.Status
	})
	recent := append(append([]request{}, l.recent[l.next:]...), l.recent[:l.next]...)
	return counts, recent
}

func (l *requestLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts, l.recent, l.next = map[counted]int{}, nil, 0
}
