package together_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/internal/together"
)

var (
	errItem  = errors.New("this one is refused")
	errWhole = errors.New("the run has failed")
)

// desk is a lane whose runs are noted, and the first of which waits.
type desk struct {
	*together.Lane[string]
	mu    sync.Mutex
	runs  [][]string
	go_   chan struct{}
	whole error // of runs for several

	panics string // the item that no run survives
}

func open() *desk {
	d := &desk{go_: make(chan struct{})}
	d.Lane = together.New(func(s string) string { return s }, func(_ context.Context, items []string) ([]error, error) {
		d.mu.Lock()
		d.runs = append(d.runs, slices.Clone(items))
		n := len(d.runs)
		d.mu.Unlock()
		if n == 1 {
			<-d.go_
		}
		if len(items) > 1 && d.whole != nil {
			return nil, d.whole
		}
		each := make([]error, len(items))
		for i, item := range items {
			if item == d.panics {
				panic("lost")
			}
			if item == "bad" {
				each[i] = errItem
			}
		}
		return each, nil
	})
	return d
}

// A run that panics is its callers' error, of the first alone and of those who waited; the others are decided, and so is who
// comes later.
func TestARunThatPanicsLeavesTheLaneFree(t *testing.T) {
	d := open()
	d.panics = "bad"
	for who, err := range d.send(t, "bad", "a", "bad", "b") {
		var panicked *fault.Panicked
		if bad := who == "bad0" || who == "bad2"; errors.As(err, &panicked) != bad || err != nil && !bad {
			t.Errorf("%s: %v", who, err)
		}
	}
	if err := d.Do(t.Context(), "later"); err != nil {
		t.Errorf("later: %v", err)
	}
}

// send has items decided while the first run waits, and answers their errors.
func (d *desk) send(t *testing.T, items ...string) map[string]error {
	t.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	got := map[string]error{}
	for i, item := range items {
		wait.Go(func() {
			err := d.Do(t.Context(), item)
			mu.Lock()
			defer mu.Unlock()
			got[fmt.Sprint(item, i)] = err
		})
		testenv.Eventually(t, func() error {
			d.mu.Lock()
			defer d.mu.Unlock()
			if i == 0 && len(d.runs) == 0 || d.Waiting() != i {
				return errors.New("not there yet")
			}
			return nil
		})
	}
	close(d.go_)
	wait.Wait()
	return got
}

func TestThoseWhoWaitAreDecidedTogether(t *testing.T) {
	d := open()
	got := d.send(t, "a", "b", "bad", "c", "b")
	want := [][]string{{"a"}, {"b", "bad", "c"}, {"b"}}
	if !slices.EqualFunc(d.runs, want, slices.Equal) {
		t.Errorf("runs: %v, want %v", d.runs, want)
	}
	for who, err := range got {
		if bad := who == "bad2"; errors.Is(err, errItem) != bad || err != nil && !bad {
			t.Errorf("%s: %v", who, err)
		}
	}
}

func TestARunThatFailsIsTriedOneByOne(t *testing.T) {
	d := open()
	d.whole = errWhole
	for who, err := range d.send(t, "a", "b", "bad") {
		if bad := who == "bad2"; errors.Is(err, errItem) != bad || err != nil && !bad {
			t.Errorf("%s: %v", who, err)
		}
	}
	if len(d.runs) != 4 {
		t.Errorf("%d runs, want one for the first, one for both, one each: %v", len(d.runs), d.runs)
	}
}

// Nobody waits for the first; those who come soon after its run wait until a moment after it, and share one. The clock is the
// bubble's: it stands still while anybody works, and to sleep is to come at a time.
func TestARunIsGatheredFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open()
		close(d.go_)
		d.Gathering(10 * time.Millisecond)
		began := time.Now()
		var all sync.WaitGroup
		for i, want := range []time.Duration{0, 10 * time.Millisecond, 10 * time.Millisecond, 10 * time.Millisecond} {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 3 * time.Millisecond)
				if err := d.Do(t.Context(), fmt.Sprint(i)); err != nil || time.Since(began) != want {
					t.Errorf("%d: %v after %s, want %s", i, err, time.Since(began), want)
				}
			})
		}
		all.Wait()
		if len(d.runs) != 2 || len(d.runs[1]) != 3 {
			t.Errorf("runs: %v, want the first alone and the others together", d.runs)
		}
		time.Sleep(time.Second)
		late := time.Now()
		if err := d.Do(t.Context(), "late"); err != nil || time.Since(late) != 0 {
			t.Errorf("late: %v after %s, want no waiting", err, time.Since(late))
		}
		time.Sleep(time.Second) // the lane comes to rest
	})
}
