package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// measure collects how long calls took, and what became of them.
type measure struct {
	mu      sync.Mutex
	began   time.Time
	took    []time.Duration // of those that went well
	refused map[string]int  // by reason; "" for an error that is no registered refusal
}

func newMeasure() *measure { return &measure{began: time.Now(), refused: map[string]int{}} }

// time counts one call.
func (m *measure) time(call func() error) error {
	began := time.Now()
	err := call()
	took := time.Since(began)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		m.took = append(m.took, took)
	} else {
		m.refused[string(fault.ReasonOf(err))]++
	}
	return err
}

// note counts a call that went well and took so long.
func (m *measure) note(took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.took = append(m.took, took)
}

// figures are what a table shows of it.
type figures struct {
	n        int
	rate     float64 // a second
	p50, p95 time.Duration
	refusals string
}

// end answers the figures of all calls since the measure was made.
func (m *measure) end() figures {
	over := time.Since(m.began).Seconds()
	slices.Sort(m.took)
	f := figures{n: len(m.took), rate: float64(len(m.took)) / over, p50: percentile(m.took, 50), p95: percentile(m.took, 95), refusals: "none"}
	var told []string
	for _, reason := range slices.Sorted(maps.Keys(m.refused)) {
		told = append(told, fmt.Sprintf("%d %s", m.refused[reason], or(reason, "unregistered")))
	}
	if len(told) > 0 {
		f.refusals = strings.Join(told, ", ")
	}
	return f
}

// percentile is that of sorted times; 0 of none.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}

func or(s, unset string) string {
	if s == "" {
		return unset
	}
	return s
}
