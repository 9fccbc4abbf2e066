package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

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

func startSimulator(t testing.TB, clockFile string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(simulator)
	cmd.Env = append(os.Environ(), fmt.Sprintf("PORT=%d", port), "STRIPE_KEY="+stripeKey, "STRIPE_WEBHOOK_SECRET="+webhookSecret,
		"CLOCK_FILE="+clockFile, "WEBHOOK_URL=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing
		_ = cmd.Wait()         // killed, as asked
	})
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	testenv.Eventually(t, func() error {
		res, err := http.Get(base + "/health/live")
		if err == nil {
			res.Body.Close()
		}
		return err
	})
	return base
}

// simulate speaks to the hand that holds the provider's strings and returns the answer's body.
func (x *shop) simulate(method, path string, body any) []byte {
	x.Helper()
	var in bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&in).Encode(body); err != nil {
			x.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(x.Context(), method, x.stripe+path, &in)
	if err != nil {
		x.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		x.Fatalf("%s %s: HTTP %d %v %s", method, path, res.StatusCode, err, out)
	}
	return out
}

// fault scripts one failure of the provider.
func (x *shop) fault(kind, when, path string, more map[string]any) {
	x.Helper()
	f := map[string]any{"kind": kind, "method": "POST", "path": path, "count": 1}
	if when != "" {
		f["when"] = when
	}
	for k, v := range more {
		f[k] = v
	}
	x.simulate("POST", "/simulator/faults", f)
}

// intent is a PaymentIntent in the provider's ledger.
type intent struct {
	ID         string
	Status     string
	Amount     int64
	Authorised int64 `json:"amount_authorised"`
	Captured   int64 `json:"amount_captured"`
	Released   int64 `json:"amount_released"`
	Refunded   int64 `json:"amount_refunded"`
	Entries    []struct {
		Kind string
		Key  string `json:"idempotency_key"`
	}
}

// ledger is what the provider has of an order.
func (x *shop) ledger(orderID string) []intent {
	x.Helper()
	var out struct {
		Intents []intent `json:"payment_intents"`
	}
	body := x.simulate("GET", "/simulator/ledger?metadata[order_id]="+orderID, nil)
	if err := json.Unmarshal(body, &out); err != nil {
		x.Fatal(err)
	}
	return out.Intents
}

// charge is the provider's only object of an order.
func (x *shop) charge(orderID string) intent {
	x.Helper()
	all := x.ledger(orderID)
	if len(all) != 1 {
		x.Fatalf("the provider has %d objects of the order, want 1: %+v", len(all), all)
	}
	return all[0]
}

func (in intent) count(kind string) (n int) {
	for _, e := range in.Entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
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

// row is the order's payment.
func (x *shop) row(orderID string) payment.Payment {
	x.Helper()
	ctx := x.Context()
	known, ok, err := payment.OfOrder(ctx, x.db.Single(), orderID)
	if err != nil || !ok {
		x.Fatalf("payment of %s: %v %v", orderID, ok, err)
	}
	p, _, err := payment.Get(ctx, x.db.Single(), known)
	if err != nil {
		x.Fatal(err)
	}
	return p
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

// states are those that the audit has of an order's payment.
func (x *shop) states(orderID string) []payment.State {
	x.Helper()
	type row struct {
		Version int64
		To      payment.State `spanner:"ToState"`
		Actor   string
		Method  string
	}
	stmt := spanner.NewStatement("SELECT Version, ToState, Actor, Method FROM PaymentAudit WHERE PaymentId = @id ORDER BY Version")
	stmt.Params["id"] = x.row(orderID).ID
	rows, err := spandb.All[row](x.Context(), x.db.Single(), "test", stmt)
	if err != nil {
		x.Fatal(err)
	}
	var out []payment.State
	for i, r := range rows {
		if r.Version != int64(i+1) || r.Actor == "" || r.Actor == "public" || r.Method == "" {
			x.Errorf("audit row %d: %+v", i+1, r)
		}
		out = append(out, r.To)
	}
	return out
}

// events are the types of what was published about an order's payment.
func (x *shop) events(orderID string) []string {
	x.Helper()
	p := x.row(orderID)
	var types []string
	testenv.Eventually(x, func() error {
		types = nil
		for _, e := range x.w.Events() {
			if e.Attributes["ce-subject"] == "payment/"+p.ID {
				types = append(types, e.Type())
			}
		}
		return x.unsent()
	})
	slices.Sort(types)
	return slices.Compact(types)
}

func (x *shop) count(table string) int64 {
	x.Helper()
	type row struct{ N int64 }
	got, _, err := spandb.One[row](x.Context(), x.db.Single(), "test", spanner.NewStatement("SELECT COUNT(*) AS N FROM "+table))
	if err != nil {
		x.Fatal(err)
	}
	return got.N
}

// unsent is an error while something waits in the outbox.
func (x *shop) unsent() error {
	if n := x.count("Outbox"); n > 0 {
		return fmt.Errorf("%d rows are in the outbox", n)
	}
	return nil
}

// sound checks every invariant that Verify knows.
func (x *shop) sound() {
	x.Helper()
	for _, f := range x.verify() {
		if f.GetViolationCount() > 0 {
			x.Errorf("%s: %v", f.GetInvariant(), f.GetViolations())
		}
	}
}

func (x *shop) verify() []*typev1.Finding {
	x.Helper()
	ops := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService("ops"), x.base)
	res, err := ops.Verify(context.Background(), &paymentv1.VerifyRequest{})
	if err != nil {
		x.Fatal(err)
	}
	return res.GetFindings()
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

// refunds are the ids of the provider's refunds of an order.
func (x *shop) refunds(orderID string) (ids []string) {
	x.Helper()
	var out struct {
		Intents []struct {
			Refunds []struct{ ID string }
		} `json:"payment_intents"`
	}
	if err := json.Unmarshal(x.simulate("GET", "/simulator/ledger?metadata[order_id]="+orderID, nil), &out); err != nil {
		x.Fatal(err)
	}
	for _, in := range out.Intents {
		for _, re := range in.Refunds {
			ids = append(ids, re.ID)
		}
	}
	return ids
}

func sorted(set map[string]bool) []string {
	return slices.Sorted(maps.Keys(set))
}
