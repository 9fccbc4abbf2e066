package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// The benchmarks hold the service against the same operations of the same stores issued bare, in one run on one set of
// emulators: only their ratios mean something. scripts/check bench runs them; docs/performance.md tells what they say.

// BenchmarkCheckout is the starting of a group: the handler with everything that it asks, against the calls that it makes of
// Spanner, recorded once and played again with new ids, and the two documents that its neighbours read of Firestore.
func BenchmarkCheckout(b *testing.B) {
	for _, callers := range []int{1, 8} {
		var bare time.Duration
		b.Run(fmt.Sprintf("bare/callers=%d", callers), func(b *testing.B) {
			k := newBenchShop(b, true)
			play := k.recorded(b)
			purchases := make([]purchase, b.N)
			for i := range purchases {
				purchases[i] = play.renamed(b, i)
			}
			b.ResetTimer()
			bare = report(b, callers, func(i int) error {
				k.documents(b.Context())
				return play.again(b.Context(), purchases[i])
			})
		})
		b.Run(fmt.Sprintf("handler/callers=%d", callers), func(b *testing.B) {
			k := newBenchShop(b, false)
			b.ResetTimer()
			p95 := report(b, callers, func(i int) error {
				_, err := k.insists(fmt.Sprintf("buyer-%06d", i), start(k.c))
				return err
			})
			if bare > 0 {
				b.ReportMetric(float64(p95)/float64(bare), "times-bare")
			}
		})
	}
}

// benchShop is a shop with a campaign of plenty, whose neighbours read Firestore as the real ones do.
type benchShop struct {
	*shop
	rec  *tape // of its calls; nil for none
	c    *catalogv1.Campaign
	docs []*firestore.DocumentRef
}

func newBenchShop(b *testing.B, taped bool) *benchShop {
	b.Helper()
	k := &benchShop{shop: unserved(b)}
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	if taped {
		k.rec = newTape(b)
		b.Setenv("SPANNER_EMULATOR_HOST", k.rec.addr)
	}
	k.base = testenv.Serve(k.w, run)
	k.c = k.campaign(2, 2, 1_000_000)
	k.buy("first", start(k.c)) // by now the process speaks to its database
	b.Setenv("SPANNER_EMULATOR_HOST", direct)
	store := testenv.Firestore(b)
	for _, name := range []string{"campaigns/cmp_a", "addresses/adr_a"} {
		doc := store.Doc(name)
		if _, err := doc.Set(b.Context(), map[string]any{"title": "りんご", "text": string(make([]byte, 1000))}); err != nil {
			b.Fatal(err)
		}
		k.docs = append(k.docs, doc)
	}
	k.mu.Lock()
	k.onQuote = func() { k.documents(context.Background()) }
	k.mu.Unlock()
	return k
}

// documents reads what catalog and user read for one checkout, at the same time.
func (k *benchShop) documents(ctx context.Context) {
	var both sync.WaitGroup
	for _, doc := range k.docs {
		both.Go(func() {
			if _, err := doc.Get(ctx); err != nil {
				k.t.Error(err)
			}
		})
	}
	both.Wait()
}

// report does something b.N times by so many callers, and reports and answers the time that 19 in 20 stayed below.
func report(b *testing.B, callers int, do func(i int) error) time.Duration {
	b.Helper()
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
				began := time.Now()
				if err := do(i); err != nil {
					b.Errorf("%d: %v", i, err)
				}
				took[i] = time.Since(began)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	p95 := took[(len(took)*95+99)/100-1]
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(p95.Microseconds())/1000, "p95-ms")
	return p95
}

const crowd = 256

// BenchmarkHotStock is a crowd that wants one SKU: its count alone, decided together and one transaction each.
func BenchmarkHotStock(b *testing.B) {
	crowded(b, func(k *inner, i int) func(s *server) error {
		sku, orderID := k.c.Skus[0], fmt.Sprintf("ord_%026d", i)
		n := needs{stocks: []string{sku}, claims: []stock.ClaimKey{{OrderID: orderID, SKU: sku}}}
		return func(s *server) error {
			return s.hot.do(k.ctx, "sku/"+sku, "bench", n, func(w *work) error {
				count, _ := w.stocks.get(sku)
				_, err := count.Reserve(orderID, 1, w.now)
				return err
			})
		}
	})
}

// BenchmarkHotStart is a crowd that starts groups on one campaign and SKU: the whole first transaction.
func BenchmarkHotStart(b *testing.B) {
	crowded(b, func(k *inner, i int) func(s *server) error { return k.placing(b, i, start(k.c)) })
}

// BenchmarkHotJoin is a crowd that joins one group, likewise.
func BenchmarkHotJoin(b *testing.B) {
	crowded(b, func(k *inner, i int) func(s *server) error { return k.placing(b, i, join(k.c, k.invite)) })
}

// inner is a shop seen from inside.
type inner struct {
	*shop
	ctx    context.Context
	srv    *server
	c      *catalogv1.Campaign
	invite *orderv1.Invite
}

func newInner(b *testing.B) *inner {
	b.Helper()
	var inside atomic.Pointer[server]
	k := &inner{shop: openWith(b, serving(&inside)), ctx: caller.With(b.Context(), caller.Caller{UserID: "crowd", Method: "bench"})}
	k.c = k.campaign(2, 10_000, 1_000_000)
	k.invite = k.buy("hanako", start(k.c)).GetInvite()
	k.srv = inside.Load()
	return k
}

// crowded has the crowd do something at once, b.N of them in all: together first, then each in a transaction of its own.
func crowded(b *testing.B, prepare func(k *inner, i int) func(s *server) error) {
	rates := map[bool]float64{}
	for _, together := range []bool{false, true} {
		b.Run(map[bool]string{true: "together", false: "one-transaction-each"}[together], func(b *testing.B) {
			k := newInner(b)
			steps := make([]func(s *server) error, b.N)
			for i := range steps {
				steps[i] = prepare(k, i)
			}
			b.ResetTimer()
			report(b, crowd, func(i int) error {
				s := k.srv
				if !together {
					alone := *k.srv
					alone.hot = newHot(k.srv.transact) // with lanes that nobody else is in
					s = &alone
				}
				return steps[i](s)
			})
			rates[together] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rates[together], "a-second")
			if together && rates[false] > 0 {
				b.ReportMetric(rates[true]/rates[false], "times-faster")
			}
		})
	}
}

// placing is the first transaction of a checkout, quoted already.
func (k *inner) placing(b *testing.B, i int, req *orderv1.CheckoutRequest) func(s *server) error {
	b.Helper()
	who := caller.Caller{UserID: fmt.Sprintf("buyer-%06d", i), Method: "Checkout"}
	r, err := requestOf(who, "Checkout", req)
	if err != nil {
		b.Fatal(err)
	}
	q, err := k.srv.quote(k.ctx, who, id.Derive("ord", r.CallerID, r.Method, r.RequestID), req)
	if err != nil {
		b.Fatal(err)
	}
	return func(s *server) error {
		_, err := s.place(caller.With(k.ctx, who), r, q, time.Now())
		return err
	}
}
