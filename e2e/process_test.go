package e2e

import (
	"context"
	"fmt"
	"net/http"
	"syscall"
	"testing"

	"github.com/issho-shop/issho/e2e/shop"
)

func control(t testing.TB, method, path string) {
	t.Helper()
	_, err := shop.Supervisor(context.WithoutCancel(t.Context()), method, path)
	ok(t, err)
}

func signal(t testing.TB, name string, what syscall.Signal) int {
	t.Helper()
	return must(shop.Signal(context.WithoutCancel(t.Context()), name, what))(t).PID
}

// kill ends processes as a power cut does, all before any is started again, and answers how to wait until all are back.
func kill(t testing.TB, names ...string) (back func()) {
	t.Helper()
	dead := map[string]int{}
	for _, name := range names {
		dead[name] = signal(t, name, syscall.SIGKILL)
	}
	back = func() {
		t.Helper()
		for name, pid := range dead {
			state(t, name, func(p shop.Process) bool { return p.PID != pid && p.Up() })
		}
	}
	t.Cleanup(back) // however the story ends, the next one finds everybody
	return back
}

// stop ends a process, and answers how to start it again and wait for it.
func stop(t testing.TB, name string) (back func()) {
	t.Helper()
	control(t, http.MethodPatch, "/process/stop/"+name)
	state(t, name, func(p shop.Process) bool { return p.Status == "Completed" })
	started := false
	back = func() {
		t.Helper()
		if !started {
			started = true
			control(t, http.MethodPost, "/process/start/"+name)
		}
		state(t, name, shop.Process.Up)
	}
	t.Cleanup(back) // however the story ends, the next one finds everybody
	return back
}

// state waits until a process is as it should be.
func state(t testing.TB, name string, is func(shop.Process) bool) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		p, err := shop.ProcessOf(ctx, name)
		if err == nil && !is(p) {
			err = fmt.Errorf("the process is %+v", p)
		}
		return err
	})
}

// freeze stops a process in the middle of what it does; thaw lets it go on. What is sent to it meanwhile waits.
func freeze(t testing.TB, name string) (thaw func()) {
	t.Helper()
	pid := signal(t, name, syscall.SIGSTOP)
	thaw = func() {
		_ = syscall.Kill(pid, syscall.SIGCONT) // it may have been killed since
	}
	t.Cleanup(thaw)
	return thaw
}

// attempt is a checkout under way.
type attempt struct {
	who  *shop.Person
	done chan struct{}
}

// tries begins to start a group, and leaves it to its fate.
func (p *pair) tries(t testing.TB) attempt {
	t.Helper()
	a := attempt{p.hanako, make(chan struct{})}
	go func() {
		defer close(a.done)
		_, _ = p.hanako.Order.Checkout(t.Context(), p.start) // whether anybody hears the answer must not matter
	}()
	t.Cleanup(func() { <-a.done })
	return a
}

// ordered waits until the order of the attempt is there, in its first transaction's state.
func (a attempt) ordered(t testing.TB) string {
	t.Helper()
	var id string
	eventually(t, func(ctx context.Context) error {
		orders, err := open.OrdersOf(ctx, a.who.ID)
		if err == nil && (len(orders) != 1 || orders[0].State != "PENDING_PAYMENT") {
			err = fmt.Errorf("orders %+v", orders)
		}
		if err == nil {
			id = orders[0].ID
		}
		return err
	})
	return id
}

// ends holds that after everything the story ends as it does without: the first order waits for its group without anybody
// asking again, the customer who does ask hears of it, the friend joins, and both have bought once.
func (p *pair) ends(t testing.TB, orderID string) {
	t.Helper()
	order(t, orderID, "AWAITING_GROUP")
	var err error
	p.first, err = insist(t.Context(), p.hanako, p.start)
	ok(t, err)
	if got := p.first.GetOrder().GetOrderId(); got != orderID {
		t.Fatalf("the repeat answers %s, want %s", got, orderID)
	}
	p.join = p.taro.Join(p.first.GetInvite(), p.goods, 1)
	p.second, err = insist(t.Context(), p.taro, p.join)
	ok(t, err)
	p.bought(t)
}
