// Package together has callers decided in one transaction who come while another is in flight: one read of each table and
// one commit where each would have had its own. A caller that comes alone runs at once and waits for nobody.
package together

import (
	"context"
	"sync"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

const (
	most  = 32              // callers in one run: under 40,000 mutations with a few hundred each
	limit = 8 * time.Second // of a run for several
)

// Lane is the callers who go for the same database. One run is in flight at a time.
type Lane[T any] struct {
	run    func(ctx context.Context, items []T) (each []error, whole error)
	same   func(T) string
	gather time.Duration // how long after a run others may join the next one

	mu      sync.Mutex
	busy    bool
	waiting []*caller[T]
}

type caller[T any] struct {
	ctx  context.Context
	item T
	err  error
	done chan struct{}
}

// New answers a lane whose callers are decided by run: it answers an error for each, or one for the run as a whole, after
// which the callers run one by one, so that each meets its own. Those of whom same says the same never share a run.
func New[T any](same func(T) string, run func(ctx context.Context, items []T) (each []error, whole error)) *Lane[T] {
	return &Lane[T]{run: run, same: same}
}

// Gathering has callers who come within d after a run wait for its end, and share the next one, unless half as many as can
// share one wait already: for runs that are dear, however many share them, and callers to whom d is nothing.
func (l *Lane[T]) Gathering(d time.Duration) *Lane[T] {
	l.gather = d
	return l
}

// Do has an item decided, alone or with others. A caller whose time is over before is dropped; one whose time ends while
// it is being decided does not learn the outcome.
func (l *Lane[T]) Do(ctx context.Context, item T) error {
	me := &caller[T]{ctx: ctx, item: item, done: make(chan struct{})}
	if l.first(me) {
		l.decide(ctx, []*caller[T]{me})
		go l.drain()
		return me.err
	}
	select {
	case <-me.done:
		return me.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Lane[T]) first(me *caller[T]) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.busy {
		l.busy = true
		return true
	}
	l.waiting = append(l.waiting, me)
	return false
}

// drain decides those who have waited, until there is nobody.
func (l *Lane[T]) drain() {
	for batch := l.next(); len(batch) > 0; batch = l.next() {
		l.decideAll(batch)
	}
}

// next gives others the time to join, where there are not many already, and takes them.
func (l *Lane[T]) next() []*caller[T] {
	l.mu.Lock()
	many := len(l.waiting) >= most/2
	l.mu.Unlock()
	if !many {
		time.Sleep(l.gather)
	}
	return l.take()
}

// take answers the next callers whose time is not over, and frees the lane when there are none. Those who may not share a
// run with one before them wait on.
func (l *Lane[T]) take() []*caller[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	var batch, later []*caller[T]
	seen := map[string]bool{}
	for _, c := range l.waiting {
		switch key := l.same(c.item); {
		case c.ctx.Err() != nil:
		case len(batch) == most || seen[key]:
			later = append(later, c)
		default:
			seen[key] = true
			batch = append(batch, c)
		}
	}
	l.waiting = later
	l.busy = len(batch) > 0
	return batch
}

func (l *Lane[T]) decideAll(batch []*caller[T]) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), limit)
	defer cancel()
	if err := l.decide(ctx, batch); err != nil && len(batch) > 1 {
		for _, c := range batch {
			_ = l.decide(c.ctx, []*caller[T]{c}) // each has its own error
		}
	}
	for _, c := range batch {
		close(c.done)
	}
}

func (l *Lane[T]) decide(ctx context.Context, batch []*caller[T]) error {
	items := make([]T, len(batch))
	for i, c := range batch {
		items[i] = c.item
	}
	var each []error
	err := fault.Guard(func() (err error) { // others wait behind it
		each, err = l.run(ctx, items)
		return err
	})
	for i, c := range batch {
		if c.err = err; err == nil {
			c.err = each[i]
		}
	}
	return err
}
