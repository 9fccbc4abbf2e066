package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// outcome is what was wanted and what came of it.
type outcome struct{ kind, result string }

// tally counts outcomes, with the time that each took.
type tally struct {
	mu     *sync.Mutex
	took   map[outcome][]time.Duration
	oddity map[string]int // errors that are no registered refusal
}

func newTally() tally {
	return tally{mu: new(sync.Mutex), took: map[outcome][]time.Duration{}, oddity: map[string]int{}}
}

// time counts one call: by the reason of its refusal, or by what it says when there is none.
func (t tally) time(kind string, call func() error, says func() string) {
	began := time.Now()
	err := call()
	took := time.Since(began)
	t.mu.Lock()
	defer t.mu.Unlock()
	result := string(fault.ReasonOf(err))
	switch {
	case err == nil:
		result = says()
	case result == "" || result == string(fault.Internal):
		result = "no registered refusal"
		t.oddity[err.Error()]++
	}
	key := outcome{kind, result}
	t.took[key] = append(t.took[key], took)
}

func (t tally) checkouts() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, took := range t.took {
		if key.kind != "leave" && key.kind != "cancel" {
			n += len(took)
		}
	}
	return n
}

func (t tally) odd() (n int) {
	for _, times := range t.oddity {
		n += times
	}
	return n
}

func (t tally) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "WHAT\tOUTCOME\tTIMES\tP50\tP95\t")
	keys := slices.SortedFunc(maps.Keys(t.took), func(a, b outcome) int {
		return strings.Compare(a.kind+a.result, b.kind+b.result)
	})
	for _, key := range keys {
		took := slices.Sorted(slices.Values(t.took[key]))
		fmt.Fprintf(w, "%s\t%s\t%d\t%d ms\t%d ms\t\n", key.kind, key.result, len(took), at(took, 50), at(took, 95))
	}
	_ = w.Flush() // the terminal has gone
	for text, times := range t.oddity {
		fmt.Fprintf(out, "%d times: %s\n", times, text)
	}
}

// at is a percentile of sorted times, in milliseconds.
func at(sorted []time.Duration, percent int) int64 {
	return sorted[(len(sorted)*percent+99)/100-1].Milliseconds()
}

func state(o *orderv1.Order) string {
	return strings.TrimPrefix(o.GetState().String(), "ORDER_STATE_")
}
