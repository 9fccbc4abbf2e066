package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/apiv1/spannerpb"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// providerTakes is how long the provider takes for each of its answers here; Stripe takes some hundred milliseconds.
const providerTakes = 20 * time.Millisecond

// bench is a shop whose provider has a latency of its own, which is measured, and whose commits are counted.
type bench struct {
	*shop
	commits  atomic.Int64
	provider atomic.Int64 // nanoseconds
	beside   *spandb.DB   // by the same way as payment's
}

func openBench(b *testing.B) *bench {
	b.Helper()
	x := &bench{shop: unserved(b)}
	to, err := url.Parse(x.stripe)
	if err != nil {
		b.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(to)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		defer func() { x.provider.Add(int64(time.Since(began))) }()
		time.Sleep(providerTakes) // it is far away
		pass.ServeHTTP(w, r)
	}))
	b.Cleanup(between.Close)
	x.w.Set("STRIPE_URL", between.URL)
	direct := os.Getenv("SPANNER_EMULATOR_HOST")
	gate := testenv.NewGate(b, direct, func(_ *spannerpb.CommitRequest, _ string, _ int, committed bool) testenv.Fate {
		if committed {
			x.commits.Add(1)
		}
		return testenv.Passes
	})
	b.Setenv("SPANNER_EMULATOR_HOST", gate.Addr)
	x.serve()
	testenv.Eventually(b, x.lives)
	if x.beside, err = spandb.Open(b.Context(), x.db.Client().DatabaseName()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(x.beside.Close)
	b.Setenv("SPANNER_EMULATOR_HOST", direct)
	x.authorised() // connections, and the customer at the provider
	testenv.Eventually(b, x.unsent)
	return x
}

// bare is how long one transaction takes that reads a row and writes one.
func (x *bench) bare() time.Duration {
	x.Helper()
	const times = 50
	began := time.Now()
	for range times {
		_, err := x.beside.Update(x.Context(), "bare", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
			if _, _, err := payment.Get(ctx, tx, "pay_none"); err != nil {
				return err
			}
			m, err := payment.InsertNotice(payment.Notice{EventID: newOrder(), Type: "bench"})
			if err != nil {
				return err
			}
			return tx.BufferWrite([]*spanner.Mutation{m})
		})
		if err != nil {
			x.Fatal(err)
		}
	}
	return time.Since(began) / times
}

// report tells what n runs of something took beside the provider's own time: in milliseconds, in bare transactions of the same
// run, and in commits.
func (x *bench) report(b *testing.B, took time.Duration) {
	n := float64(b.N)
	ours := took - time.Duration(x.provider.Load())
	b.ReportMetric(float64(x.provider.Load())/n/1e6, "provider-ms/op")
	b.ReportMetric(float64(ours)/n/1e6, "overhead-ms/op")
	b.ReportMetric(float64(x.commits.Load())/n, "commits/op")
	b.ReportMetric(float64(ours)/n/float64(x.bare()), "transactions/op")
}

// BenchmarkAuthorise is a hold on a saved card: what it costs over the provider's own time. docs/performance.md tells what came of it.
func BenchmarkAuthorise(b *testing.B) {
	x := openBench(b)
	x.commits.Store(0)
	x.provider.Store(0)
	b.ResetTimer()
	began := time.Now()
	for range b.N {
		if res := x.authorise(newOrder(), "pm_card_visa"); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
			b.Fatalf("Authorise = %s", res.GetState())
		}
	}
	took := time.Since(began)
	b.StopTimer()
	testenv.Eventually(b, x.unsent) // its deletions count
	x.report(b, took)
}

// BenchmarkPayment is a payment from the hold to the captured money, with the event between them.
func BenchmarkPayment(b *testing.B) {
	x := openBench(b)
	x.commits.Store(0)
	x.provider.Store(0)
	b.ResetTimer()
	began := time.Now()
	for range b.N {
		orderID := newOrder()
		x.authorise(orderID, "pm_card_visa")
		if code := x.w.Deliver(x.base, x.orderEvent("order.confirmed", orderID, total)); code/100 != 2 {
			b.Fatalf("order.confirmed: HTTP %d", code)
		}
	}
	took := time.Since(began)
	b.StopTimer()
	testenv.Eventually(b, x.unsent) // its deletions count
	if n := x.count("Payments WHERE State = 'CAPTURED'"); n != int64(b.N) {
		b.Fatalf("%d of %d payments are captured", n, b.N)
	}
	x.report(b, took)
}
