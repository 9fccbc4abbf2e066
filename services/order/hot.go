package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

const (
	hotBatch = 64  // most callers decided in one transaction; measured: no gain beyond
	hotRows  = 600 // most rows that they need, where each of them needs few: with what comes of them, under 40,000 mutations
	hotGroup = 3   // most members whom a caller carries the outcome to itself, at about 75 mutations each
	hotQueue = 512 // most callers waiting for one row; later ones are refused at once
	hotLimit = 8 * time.Second
)

// oneLane is the lane of everybody where the store writes one transaction at a time.
const oneLane = "all"

// hot decides callers that go for the same row together. While a transaction on a row is in flight, whoever else wants
// the row waits in its lane, and the next transaction decides them all: one read and one commit where each would have
// queued for the row's lock. Without contention it adds nothing: the first caller runs its own transaction at once.
//
// A caller that is refused has changed nothing and holds up nobody. One whose time is over is dropped unread. When a
// transaction fails as a whole, its callers are tried one by one, so that each meets its own error.
//
// A store that writes one transaction at a time is one hot row itself: there all callers share one lane.
type hot struct {
	run  func(ctx context.Context, tag string, n needs, fn func(w *work) error) error
	lone bool // one lane for all

	mu    sync.Mutex
	lanes map[string]*lane
}

type lane struct{ waiting []*waiter }

// waiter is one caller: what it needs, what it does, and how that went.
type waiter struct {
	ctx  context.Context
	tag  string
	n    needs
	step func(w *work) error
	err  error
	done chan struct{}
}

func newHot(run func(ctx context.Context, tag string, n needs, fn func(w *work) error) error) *hot {
	return &hot{run: run, lanes: map[string]*lane{}}
}

// do runs step in a transaction, alone or with others of its lane; an empty lane is always alone. step runs again when the
// transaction is aborted. OVERLOADED when too many wait for the row.
func (h *hot) do(ctx context.Context, key, tag string, n needs, step func(w *work) error) error {
	me := &waiter{ctx: ctx, tag: tag, n: n, step: step, done: make(chan struct{})}
	if key == "" {
		h.decide(ctx, []*waiter{me})
		return me.err
	}
	key = h.lane(key)
	first, err := h.enter(key, me)
	if err != nil {
		return err
	}
	if first {
		defer h.next(key)
		h.decide(ctx, []*waiter{me})
		return me.err
	}
	select {
	case <-me.done:
		return me.err
	case <-ctx.Done():
		return ctx.Err() // if it is decided all the same, a repeat of the request finds that
	}
}

// lane is the one in which those wait who go for a row.
func (h *hot) lane(row string) string {
	if h.lone {
		return oneLane
	}
	return row
}

// enter reports whether the caller is the first in its lane; all others wait.
func (h *hot) enter(key string, me *waiter) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lanes[key]
	if l == nil {
		h.lanes[key] = &lane{}
		return true, nil
	}
	if len(l.waiting) >= hotQueue {
		return false, fault.New(fault.Overloaded)
	}
	l.waiting = append(l.waiting, me)
	return false, nil
}

// next has those who wait in a lane decided, or closes it. They are not the first caller's affair, so it goes on in the
// background.
func (h *hot) next(key string) {
	if batch := h.take(key); len(batch) > 0 {
		go func() {
			for ; len(batch) > 0; batch = h.take(key) {
				h.decideAll(batch)
			}
		}()
	}
}

// take answers the next callers of a lane whose time is not over, and closes the lane when there are none.
func (h *hot) take(key string) []*waiter {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.lanes[key]
	for len(l.waiting) > 0 {
		n := fitting(l.waiting)
		batch := make([]*waiter, 0, n)
		for _, one := range l.waiting[:n] {
			if one.ctx.Err() == nil {
				batch = append(batch, one)
			}
		}
		l.waiting = l.waiting[n:]
		if len(batch) > 0 {
			return batch
		}
	}
	delete(h.lanes, key)
	return nil
}

// fitting is how many callers one commit has room for, one at least.
func fitting(waiting []*waiter) int {
	n, rows := 0, 0
	for n < min(len(waiting), hotBatch) {
		if rows += waiting[n].n.rows(); rows > hotRows && n > 0 {
			break
		}
		n++
	}
	return n
}

// decideAll decides a batch and tells each caller.
func (h *hot) decideAll(batch []*waiter) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), hotLimit)
	defer cancel()
	if err := h.decide(ctx, batch); err != nil && len(batch) > 1 {
		for _, one := range batch {
			h.decide(one.ctx, []*waiter{one})
		}
	}
	for _, one := range batch {
		close(one.done)
	}
}

// decide runs the callers' steps in one transaction, each as an item of its own. It answers the error of the transaction
// as a whole, which is then every caller's.
func (h *hot) decide(ctx context.Context, batch []*waiter) error {
	var all needs
	for _, one := range batch {
		all = all.and(one.n)
	}
	err := h.run(ctx, batch[0].tag, all, func(w *work) error {
		for _, one := range batch {
			if one.err = one.attempt(w); one.err != nil && !refusal(one.err) {
				return one.err
			}
		}
		return nil
	})
	for _, one := range batch {
		if err != nil {
			one.err = err
		}
	}
	return err
}

// attempt is one caller's part of a transaction. A panic is an error of the whole: then each is tried alone, and meets its own.
func (one *waiter) attempt(w *work) error {
	return fault.Guard(func() error {
		item := w.item(one.ctx)
		if err := one.step(item); err != nil {
			return err
		}
		return item.keep()
	})
}

// refusal says whether an error concerns one caller alone, and not the transaction.
func refusal(err error) bool {
	var refused *fault.Error
	return errors.As(err, &refused) && refused.Reason() != fault.StoreUnavailable && refused.Reason() != fault.Conflict
}
