package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// simulator is the Stripe simulator's program, built once.
var simulator string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "stripe")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	simulator = filepath.Join(dir, "stripe")
	if out, err := exec.Command("go", "build", "-o", simulator, "../../dev/stripe").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the Stripe simulator: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

const (
	stripeKey     = "sk_test_issho"
	webhookSecret = "whsec_test"
)

// shop is payment as it runs, with a database, a clock and a provider of its own.
type shop struct {
	testing.TB
	w       *testenv.World
	base    string
	stripe  string // the simulator's base URL
	db      *spandb.DB
	service paymentv1connect.PaymentInternalServiceClient // as order

	working *sync.Mutex
	ran     map[string]bool // tasks
}

// open starts a shop; set, if given, changes its environment before payment is served.
func open(t *testing.T, set ...func(*shop)) *shop {
	t.Helper()
	t.Parallel()
	x := unserved(t)
	for _, change := range set {
		change(x)
	}
	x.serve()
	return x
}

// openBehind starts a shop whose payment speaks to its database by another address. It is not for parallel tests.
func openBehind(t testing.TB, addr string) *shop {
	t.Helper()
	x := unserved(t)
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	t.Setenv("SPANNER_EMULATOR_HOST", addr)
	x.serve()
	testenv.Eventually(t, func() error { return x.lives() })
	t.Setenv("SPANNER_EMULATOR_HOST", direct)
	return x
}

// serve starts payment, perhaps once more.
func (x *shop) serve() {
	x.Helper()
	x.base = testenv.Serve(x.w, run)
	x.service = paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService("order"), x.base)
}

func (x *shop) lives() error {
	res, err := http.Get(x.base + "/health/live")
	if err == nil {
		res.Body.Close()
	}
	return err
}

// unserved is a shop whose payment does not run yet.
func unserved(t testing.TB) *shop {
	t.Helper()
	w := testenv.New(t, "payment")
	clockFile := filepath.Join(t.TempDir(), "clock")
	x := &shop{TB: t, w: w, stripe: startSimulator(t, clockFile), working: new(sync.Mutex), ran: map[string]bool{}}
	database := testenv.Database(t, schema)
	w.Set("SPANNER_DATABASE", database)
	w.Set("CLOCK_FILE", clockFile)
	w.Set("STRIPE_URL", x.stripe)
	w.Set("STRIPE_KEY", stripeKey)
	w.Set("STRIPE_WEBHOOK_SECRET", webhookSecret)
	w.Set("CAPTURES_PER_SECOND", "1000")
	w.Set("SWEPT_PER_SECOND", "1000")
	var err error
	if x.db, err = spandb.Open(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.db.Close)
	return x
}

// in is the same shop in a subtest.
func (x shop) in(t *testing.T) *shop {
	x.TB = t
	return &x
}

// webhooks lets the simulator send its notices here.
func (x *shop) webhooks() {
	x.Helper()
	x.simulate("PUT", "/simulator/webhooks/url", map[string]any{"url": x.base + "/webhooks/stripe"})
}

func newOrder() string { return id.New("ord") }

const (
	customer1 = "u_hanako"
	total     = 1980
)

func yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }

func (x *shop) request(orderID, method string) *paymentv1.AuthoriseRequest {
	return &paymentv1.AuthoriseRequest{OrderId: orderID, CustomerId: customer1, Amount: yen(total), SavedMethodId: method}
}

func (x *shop) authorise(orderID, method string) *paymentv1.AuthoriseResponse {
	x.Helper()
	res, err := x.service.Authorise(x.Context(), x.request(orderID, method))
	if err != nil {
		x.Fatal(err)
	}
	return res
}

// authorised is an order whose money is held.
func (x *shop) authorised() string {
	x.Helper()
	orderID := newOrder()
	if res := x.authorise(orderID, "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
		x.Fatalf("Authorise = %s, want AUTHORISED", res.GetState())
	}
	return orderID
}

func (x *shop) orderEvent(typ, orderID string, final int64) testenv.Event {
	m := &orderv1.OrderEvent{OrderId: orderID, Version: 3, CustomerId: customer1, AuthorisedTotal: yen(total)}
	if final > 0 {
		m.FinalTotal = yen(final)
	}
	return testenv.NewEvent(x, "order", typ, "order/"+orderID, 3, m)
}

func (x *shop) confirm(orderID string) {
	x.Helper()
	x.w.DeliverTwice(x.base, x.orderEvent("order.confirmed", orderID, total))
}

func (x *shop) cancel(orderID string) {
	x.Helper()
	x.w.DeliverTwice(x.base, x.orderEvent("order.cancelled", orderID, 0))
}

// work runs the tasks that are due, each twice.
func (x *shop) work() {
	x.Helper()
	x.working.Lock()
	defer x.working.Unlock()
	for _, task := range x.w.Tasks() {
		if x.ran[task.Name] || task.Due.After(time.Now()) {
			continue
		}
		x.ran[task.Name] = true
		for range 2 {
			if code := x.w.RunTask(x.base, task); code != http.StatusOK {
				x.Errorf("task %s: HTTP %d", task.Name, code)
			}
		}
	}
}

// reaches runs tasks until the order's payment is in a state.
func (x *shop) reaches(orderID string, want payment.State) payment.Payment {
	x.Helper()
	var p payment.Payment
	testenv.Eventually(x, func() error {
		x.work()
		if p = x.row(orderID); p.State != want {
			return fmt.Errorf("payment is %s (version %d), want %s", p.State, p.Version, want)
		}
		return nil
	})
	return p
}

// later moves the clock, runs tasks and sweeps, as often as it takes until the order's payment is in a state.
func (x *shop) later(orderID string, want payment.State) payment.Payment {
	x.Helper()
	var p payment.Payment
	for range 10 {
		x.tick()
		x.work()
		if p = x.row(orderID); p.State == want {
			return p
		}
	}
	x.Fatalf("payment is %s (version %d, attempts %d), want %s", p.State, p.Version, p.Attempts, want)
	return p
}

func eventually(x *shop, ok func() bool) {
	x.Helper()
	testenv.Eventually(x, func() error {
		if !ok() {
			return fmt.Errorf("not yet")
		}
		return nil
	})
}

// tick moves the clock on and sweeps once.
func (x *shop) tick() {
	x.Helper()
	x.w.Advance(15 * time.Second)
	if err := x.sweep(); err != nil {
		x.Fatal(err)
	}
}

func (x *shop) sweep() error {
	scheduler := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService("scheduler"), x.base)
	_, err := scheduler.Sweep(x.Context(), &paymentv1.SweepRequest{})
	return err
}
