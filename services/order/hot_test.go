package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

// bench is a hot writer whose transactions the test lets through one at a time, with a row that counts.
type bench struct {
	t       *testing.T
	hot     *hot
	began   chan int   // each transaction, when it begins
	let     chan error // what the transaction ends with
	mu      sync.Mutex
	commits int
	rows    int // what has been written
}

// newBench runs each transaction as soon as the test has sent its outcome; with held false, at once and well.
func newBench(t *testing.T, held bool) *bench {
	b := &bench{t: t, began: make(chan int, 1000), let: make(chan error)}
	b.hot = newHot(func(ctx context.Context, _ string, _ needs, fn func(w *work) error) error {
		b.began <- 1
		var outcome error
		if held {
			select {
			case outcome = <-b.let:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		w := newWork(ctx, nil, nil)
		if err := errors.Join(fn(w), outcome); err != nil {
			return err
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.commits++
		b.rows += len(w.more)
		return nil
	})
	return b
}

// call has somebody write a row, or fail with err, and answers how that went.
func (b *bench) call(ctx context.Context, fails error) <-chan error {
	return b.does(ctx, func(w *work) error {
		if fails != nil {
			return fails
		}
		return w.add(nil, nil)
	})
}

// does has somebody go for the row, and answers how that went.
func (b *bench) does(ctx context.Context, step func(*work) error) <-chan error {
	answer := make(chan error, 1)
	go func() { answer <- b.hot.do(ctx, "row", "test", needs{}, step) }()
	return answer
}

// waits until so many callers wait in the lane.
func (b *bench) waits(n int) {
	b.t.Helper()
	testenv.Eventually(b.t, func() error {
		b.hot.mu.Lock()
		defer b.hot.mu.Unlock()
		got := -1
		if l := b.hot.lanes["row"]; l != nil {
			got = len(l.waiting)
		}
		return differ("callers waiting", got, n)
	})
}

func (b *bench) written(commits, rows int) {
	b.t.Helper()
	testenv.Eventually(b.t, func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		return differ("commits and rows", [2]int{b.commits, b.rows}, [2]int{commits, rows})
	})
}

func (b *bench) empty() {
	b.t.Helper()
	testenv.Eventually(b.t, func() error {
		b.hot.mu.Lock()
		defer b.hot.mu.Unlock()
		return differ("lanes", len(b.hot.lanes), 0)
	})
}

func TestCallersWhoWaitAreDecidedTogetherAndOneBadFailsAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	first := b.call(t.Context(), nil)
	<-b.began
	sold := fault.New(fault.SoldOut)
	var good []<-chan error
	for i := range 10 {
		good = append(good, b.call(t.Context(), nil))
		b.waits(i + 1)
	}
	bad := b.call(t.Context(), sold)
	b.waits(11)
	b.let <- nil
	b.let <- nil
	if err := errors.Join(<-first); err != nil {
		t.Error(err)
	}
	for _, one := range good {
		if err := <-one; err != nil {
			t.Errorf("a batch mate of the bad one failed: %v", err)
		}
	}
	if err := <-bad; !errors.Is(err, sold) {
		t.Errorf("the bad one was answered %v", err)
	}
	b.written(2, 11)
	b.empty()
}

func TestAloneACallerHasItsOwnTransactionAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, false)
	for i := range 20 {
		if err := <-b.call(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		b.written(i+1, i+1)
		b.empty()
	}
}

func TestWhoseTimeIsOverIsDroppedUnread(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	first := b.call(t.Context(), nil)
	<-b.began
	ctx, leave := context.WithCancel(t.Context())
	gone := b.call(ctx, nil)
	b.waits(1)
	stays := b.call(t.Context(), nil)
	b.waits(2)
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who left was answered %v", err)
	}
	b.let <- nil
	b.let <- nil
	if err := errors.Join(<-first, <-stays); err != nil {
		t.Error(err)
	}
	b.written(2, 2) // the one who left wrote nothing
	b.empty()
}

func TestALaneOfLeaversCloses(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	first := b.call(t.Context(), nil)
	<-b.began
	ctx, leave := context.WithCancel(t.Context())
	gone := b.call(ctx, nil)
	b.waits(1)
	leave()
	<-gone
	b.let <- nil
	<-first
	b.empty()
	b.written(1, 1)
}

func TestTooManyForOneRowAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	first := b.call(t.Context(), nil)
	<-b.began
	var waiting []<-chan error
	for range hotQueue {
		waiting = append(waiting, b.call(t.Context(), nil))
	}
	b.waits(hotQueue)
	wantReason(t, fault.Of(<-b.call(t.Context(), nil)).Connect(""), fault.Overloaded, connect.CodeUnavailable)
	for range 1 + hotQueue/hotBatch {
		b.let <- nil
	}
	for _, one := range append(waiting, first) {
		if err := <-one; err != nil {
			t.Fatal(err)
		}
	}
	b.written(1+hotQueue/hotBatch, 1+hotQueue)
	b.empty()
}

func TestABatchHasRoomForSoManyRows(t *testing.T) {
	t.Parallel()
	waiting := func(each ...int) (all []*waiter) {
		for _, rows := range each {
			all = append(all, &waiter{n: needs{stocks: make([]string, rows)}})
		}
		return all
	}
	for _, c := range []struct {
		waiting []*waiter
		want    int
	}{
		{waiting(hotRows + 1), 1},
		{waiting(hotRows, 1), 1},
		{waiting(hotRows-1, 1, 1), 2},
		{waiting(make([]int, hotBatch+1)...), hotBatch},
	} {
		if got := fitting(c.waiting); got != c.want {
			t.Errorf("%d of %d fit, want %d", got, len(c.waiting), c.want)
		}
	}
}

func TestABatchWhoseCommitFailsIsTriedOneByOne(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	first := b.call(t.Context(), nil)
	<-b.began
	one, two := b.call(t.Context(), nil), b.call(t.Context(), nil)
	b.waits(2)
	lost := fault.New(fault.StoreUnavailable)
	b.let <- nil
	b.let <- lost // both together
	b.let <- lost // one of them
	b.let <- nil  // the other
	if err := <-first; err != nil {
		t.Error(err)
	}
	errs := []error{<-one, <-two}
	if failed := errors.Is(errs[0], lost) != errors.Is(errs[1], lost); !failed || errs[0] != nil && errs[1] != nil {
		t.Errorf("answered %v", errs)
	}
	b.written(2, 2)
	b.empty()
}

func TestWhatBreaksInOneStepIsItsCallersOwn(t *testing.T) {
	broken := errors.New("a row that cannot be read")
	var panicked *fault.Panicked
	for name, test := range map[string]struct {
		step func(*work) error
		is   func(error) bool
	}{
		"an error of the store": {func(*work) error { return broken }, func(err error) bool { return errors.Is(err, broken) }},
		"a panic":               {func(*work) error { panic("a bug") }, func(err error) bool { return errors.As(err, &panicked) }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, true)
			first := b.call(t.Context(), nil)
			<-b.began
			good := b.call(t.Context(), nil)
			b.waits(1)
			bad := b.does(t.Context(), test.step)
			b.waits(2)
			for range 4 {
				b.let <- nil
			}
			if err := errors.Join(<-first, <-good); err != nil {
				t.Errorf("a batch mate failed: %v", err)
			}
			if err := <-bad; !test.is(err) {
				t.Errorf("answered %v", err)
			}
			b.written(2, 2)
			b.empty()
		})
	}
}

func TestAFirstCallerWhoLeavesHoldsUpNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	ctx, leave := context.WithTimeout(t.Context(), time.Minute)
	first := b.call(ctx, nil)
	<-b.began
	next := b.call(t.Context(), nil)
	b.waits(1)
	leave()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who left was answered %v", err)
	}
	b.let <- nil
	if err := <-next; err != nil {
		t.Error(err)
	}
	b.written(1, 1)
	b.empty()
}
