package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

var at = time.Date(2026, 11, 23, 3, 0, 0, 5000, time.UTC)

const (
	traceparent = "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01"
	procedure   = "/issho.order.v1.OrderInternalService/Hold"
)

// traced is the context of a request in the trace of traceparent.
func traced(t *testing.T) context.Context {
	return trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    trace.TraceID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		SpanID:     trace.SpanID{1, 2, 3, 4, 5, 6, 7, 8},
		TraceFlags: trace.FlagsSampled,
	}))
}

func body(t *testing.T, text string) proto.Message {
	t.Helper()
	s, err := structpb.NewStruct(map[string]any{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start returns an outbox over an empty database, in the world given.
func start(t *testing.T, w *testenv.World, cfg outbox.Config) (*outbox.Outbox, *spandb.DB) {
	t.Helper()
	db := testenv.Spanner(t, outbox.Schema)
	out, err := outbox.New(t.Context(), "order", db, w.Clock(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	return out, db
}

func send(t *testing.T, out *outbox.Outbox, entries ...outbox.Entry) {
	t.Helper()
	ctx := traced(t)
	_, err := out.Update(ctx, "test", func(ctx context.Context, _ *spanner.ReadWriteTransaction, b *outbox.Batch) error {
		b.Add(ctx, entries...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pending returns the ids of the rows in the table.
func pending(t *testing.T, db *spandb.DB) []string {
	t.Helper()
	type row struct{ Id string }
	rows, err := spandb.All[row](t.Context(), db.Single(), "test", spanner.NewStatement("SELECT Id FROM Outbox ORDER BY Id"))
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, r := range rows {
		ids = append(ids, r.Id)
	}
	return ids
}

func wantPending(t *testing.T, db *spandb.DB, want ...string) {
	t.Helper()
	testenv.Eventually(t, func() error {
		if diff := cmp.Diff(append([]string{}, want...), pending(t, db)); diff != "" {
			return errors.New("pending rows (-want +got):\n" + diff)
		}
		return nil
	})
}

// age makes every row as old as a crash that a sweep must mend.
func age(t *testing.T, db *spandb.DB) {
	t.Helper()
	var ms []*spanner.Mutation
	for _, id := range pending(t, db) {
		ms = append(ms, spanner.Update("Outbox", []string{"Id", "CreatedAt"}, []any{id, time.Now().Add(-time.Minute)}))
	}
	if err := db.Apply(t.Context(), "age", ms); err != nil {
		t.Fatal(err)
	}
}

func TestEventIsSentAfterTheCommit(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	out, db := start(t, w, w.OutboxConfig())
	send(t, out, outbox.Event("order", "order.paid", "order/o_1", 7, at, body(t, "注文")))
	got := w.WaitEvent("order.paid")
	want := map[string]string{
		"ce-id": "order/o_1/7", "ce-type": "order.paid", "ce-source": "order", "ce-subject": "order/o_1",
		"ce-time": "2026-11-23T03:00:00.000005Z", "traceparent": traceparent,
	}
	if diff := cmp.Diff(want, got.Attributes); diff != "" || got.Topic != "order" {
		t.Errorf("topic %s; attributes (-want +got):\n%s", got.Topic, diff)
	}
	var s structpb.Struct
	if got.Decode(t, &s); s.Fields["text"].GetStringValue() != "注文" {
		t.Errorf("body %s", got.Data)
	}
	wantPending(t, db)
}

func TestTaskIsCreated(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	out, db := start(t, w, w.OutboxConfig())
	w.Advance(24 * time.Hour)
	due := w.Clock().Now().Add(time.Hour)
	send(t, out, outbox.Task("order-hold", "hold/o_1/1", procedure, body(t, "x"), due))
	got := w.WaitTask("order-hold")
	if off := got.Due.Sub(time.Now().Add(time.Hour)).Abs(); off > time.Minute {
		t.Errorf("due at %v, %v away from an hour of real time", got.Due, off)
	}
	if got.URL != "http://order.test"+procedure || got.Audience != "http://order.test" || got.Identity != "issho-tasks@"+w.Project()+".iam.gserviceaccount.com" {
		t.Errorf("url %s, identity %s, audience %s", got.URL, got.Identity, got.Audience)
	}
	want := map[string]string{
		"Content-Type": "application/json", "Connect-Protocol-Version": "1", "Connect-Timeout-Ms": "29000", "traceparent": traceparent,
	}
	if diff := cmp.Diff(want, got.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	send(t, out, outbox.Task("order-hold", "hold/o_1/1", procedure, body(t, "x"), due)) // refused by name, and so done
	wantPending(t, db)
	if n := len(w.Tasks()); n != 1 {
		t.Errorf("%d tasks, want 1", n)
	}
}

func TestTaskDueNowGoesWhereTasksURLSays(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	w.Set("TASKS_URL", "http://relay/tasks/order")
	out, _ := start(t, w, w.OutboxConfig())
	send(t, out, outbox.Task("order-authorise", "authorise/o_1", procedure, body(t, "x"), time.Time{}))
	got := w.WaitTask("order-authorise")
	if !got.Due.IsZero() || got.URL != "http://relay/tasks/order"+procedure || got.Audience != "http://order.test" {
		t.Errorf("due %v, url %s, audience %s", got.Due, got.URL, got.Audience)
	}
}

func TestNothingIsSentOfWhatIsNotCommitted(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	out, db := start(t, w, w.OutboxConfig())
	refusal := errors.New("refused")
	attempts := 0
	update := func(answer func() error) error {
		_, err := out.Update(t.Context(), "test", func(ctx context.Context, _ *spanner.ReadWriteTransaction, b *outbox.Batch) error {
			attempts++
			b.Add(ctx, outbox.Event("order", "order.paid", "order/o_1", int64(attempts), at, body(t, "x")))
			return answer()
		})
		return err
	}
	if err := update(func() error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("a refusal came back as %v", err)
	}
	err := update(func() error {
		if attempts == 2 {
			return status.Error(codes.Aborted, "run again")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	last := fmt.Sprintf("order/o_1/%d", attempts) // the emulator may abort more of them
	if got := w.WaitEvent("order.paid"); got.Attributes["ce-id"] != last {
		t.Errorf("sent %s, want that of the last attempt, %s", got.Attributes["ce-id"], last)
	}
	wantPending(t, db)
	if n := len(w.Events()); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestOversizeIsRefusedBeforeTheCommit(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	out, db := start(t, w, w.OutboxConfig())
	_, err := out.Update(t.Context(), "test", func(ctx context.Context, _ *spanner.ReadWriteTransaction, b *outbox.Batch) error {
		b.Add(ctx, outbox.Event("order", "order.paid", "order/o_1", 1, at, body(t, strings.Repeat("x", 1<<20))))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "order/o_1/1") {
		t.Errorf("a megabyte: %v, want an error that names it", err)
	}
	wantPending(t, db)
}

func TestBrokenPubSubHoldsUpNobody(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	cfg := w.OutboxConfig()
	proxy := testenv.NewProxy(t, cfg.PubSubEmulator)
	cfg.PubSubEmulator = proxy.Addr
	out, db := start(t, w, cfg)
	proxy.Cut()
	began := time.Now()
	send(t, out,
		outbox.Event("order", "order.paid", "order/o_1", 1, at, body(t, "x")),
		outbox.Task("payment-work", "capture/o_1", procedure, body(t, "x"), time.Time{}))
	if took := time.Since(began); took > time.Second {
		t.Errorf("the request took %v", took)
	}
	w.WaitTask("payment-work")
	wantPending(t, db, "order/o_1/1")
	if err := out.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	age(t, db)
	if n, err := out.Sweep(t.Context()); n != 0 || err == nil {
		t.Errorf("swept %d, %v while Pub/Sub is down; want an error", n, err)
	}
	proxy.Restore()
	testenv.Eventually(t, func() error { _, err := out.Sweep(t.Context()); return err })
	w.WaitEvent("order.paid")
	wantPending(t, db)
}

func TestStallingTopicHoldsUpNobody(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	cfg := w.OutboxConfig()
	out, db := start(t, w, cfg)
	w.Stall("group")
	out.Close() // all is left to the sweep of the next process
	send(t, out,
		outbox.Event("group", "group.formed", "group/g_1", 1, at, body(t, "x")),
		outbox.Event("order", "order.paid", "order/o_1", 1, at, body(t, "x")),
		outbox.Task("payment-work", "capture/o_1", procedure, body(t, "x"), time.Time{}))
	next, err := outbox.New(t.Context(), "order", db, w.Clock(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(next.Close)
	age(t, db)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if n, err := next.Sweep(ctx); n != 2 || err == nil {
		t.Errorf("swept %d, %v; want the other two rows and an error", n, err)
	}
	if len(w.Events()) != 1 || len(w.Tasks()) != 1 {
		t.Errorf("%d events and %d tasks, want one of each", len(w.Events()), len(w.Tasks()))
	}
	wantPending(t, db, "group/g_1/1")
}

func TestSweepSendsWhatACrashLeft(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	out, db := start(t, w, w.OutboxConfig())
	w.Break("order", true)
	w.Break("group", true)
	const events = 450 // several batches
	for i := range events / 50 {
		var entries []outbox.Entry
		for j := range 50 {
			entries = append(entries, outbox.Event("order", "order.paid", fmt.Sprintf("order/o_%d", i*50+j), 1, at, body(t, "x")))
		}
		send(t, out, entries...)
	}
	send(t, out, outbox.Event("group", "group.formed", "group/g_1", 1, at, body(t, "x")))
	if err := out.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Break("order", false)
	if n, err := out.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d rows, %v that are younger than five seconds", n, err)
	}
	age(t, db)
	n, err := out.Sweep(t.Context())
	if n != events || status.Code(err) != codes.NotFound {
		t.Errorf("swept %d (%v), want %d and an error about the missing topic", n, err, events)
	}
	for _, e := range w.Events() {
		if e.Attributes["traceparent"] != traceparent || e.Attributes["ce-source"] != "order" {
			t.Fatalf("a swept event's attributes: %v", e.Attributes)
		}
	}
	wantPending(t, db, "group/g_1/1")
}

func TestCloseSendsWhatIsWaiting(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "order")
	out, db := start(t, w, w.OutboxConfig())
	for i := range 20 {
		send(t, out, outbox.Event("order", "order.paid", "order/o_1", int64(i), at, body(t, "x")))
	}
	out.Close()
	if n := len(w.Events()); n != 20 {
		t.Errorf("%d events, want 20", n)
	}
	wantPending(t, db)
	send(t, out, outbox.Event("order", "order.paid", "order/o_1", 20, at, body(t, "x"))) // too late, but kept
	wantPending(t, db, "order/o_1/20")
}

func TestTopicsPublishWithoutADatabase(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "cart")
	topics, err := outbox.OpenTopics(t.Context(), "cart", w.OutboxConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer topics.Close()
	if err := topics.Publish(traced(t), outbox.Event("visit", "visit.added_to_cart", "cart/u_1", 1, at, body(t, "x"))); err != nil {
		t.Fatal(err)
	}
	got := w.WaitEvent("visit.added_to_cart")
	if got.Attributes["ce-source"] != "cart" || got.Attributes["traceparent"] != traceparent {
		t.Errorf("attributes %v", got.Attributes)
	}
}
