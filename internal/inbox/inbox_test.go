package inbox_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/testenv"
)

// heard is one call of the handler.
type heard struct {
	Event  inbox.Event
	Text   string
	Caller caller.Caller
	Trace  string
}

// receiver hears order.paid on the topic order, and answers what it is told to.
type receiver struct {
	w    *testenv.World
	base string

	mu    sync.Mutex
	err   error
	heard []heard
}

func start(t *testing.T) *receiver {
	t.Helper()
	w := testenv.New(t, "payment")
	topics, err := outbox.OpenTopics(t.Context(), "payment", w.OutboxConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { topics.Close() })
	r := &receiver{w: w}
	topic := inbox.New("payment", w.Verifier(), topics).Topic("order")
	inbox.On(topic, "order.paid", r.hear)
	mux := http.NewServeMux()
	mux.Handle("POST /events/order", topic)
	r.base = testenv.Listen(t, mux)
	return r
}

func (r *receiver) hear(ctx context.Context, e inbox.Event, m *structpb.Struct) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, heard{e, m.Fields["text"].GetStringValue(), caller.From(ctx), trace.SpanContextFromContext(ctx).TraceID().String()})
	if _, bounded := ctx.Deadline(); !bounded {
		return errors.New("no deadline")
	}
	return r.err
}

func (r *receiver) answer(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

func (r *receiver) calls() []heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]heard{}, r.heard...)
}

func paid(t *testing.T) testenv.Event {
	t.Helper()
	body, err := structpb.NewStruct(map[string]any{"text": "注文"})
	if err != nil {
		t.Fatal(err)
	}
	e := testenv.NewEvent(t, "order", "order.paid", "order/o_1", 7, body)
	e.Attributes["traceparent"] = "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01"
	e.Attributes["ce-time"] = "2026-11-23T03:00:00Z"
	return e
}

func TestEventReachesItsHandlerAtEachDelivery(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.w.DeliverTwice(r.base, paid(t))
	calls := r.calls()
	if len(calls) != 2 {
		t.Fatalf("%d calls, want 2", len(calls))
	}
	got := calls[0]
	if at := got.Event.Time.Format("2006-01-02T15:04"); at != "2026-11-23T03:00" {
		t.Errorf("time %s", at)
	}
	got.Event.Time = calls[1].Event.Time
	want := heard{
		Event:  inbox.Event{ID: "order/o_1/7", Type: "order.paid", Source: "test", Subject: "order/o_1", Version: 7, Time: got.Event.Time, Attempt: 1},
		Text:   "注文",
		Caller: caller.Caller{Service: "pubsub", Method: "order.paid"},
		Trace:  "0102030405060708090a0b0c0d0e0f10",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer error
		event  func(e testenv.Event) testenv.Event
		status int
		dead   string // why, in the dead letter; "" is none
		calls  int
	}{
		{name: "done", status: 204, calls: 1},
		{name: "retry", answer: errors.New("not now"), status: 503, calls: 1},
		{name: "a refusal of the shop is retried as well", answer: fault.New(fault.Conflict), status: 503, calls: 1},
		{name: "refused for good", answer: fmt.Errorf("so: %w", inbox.Refuse(errors.New("no such order"))), status: 204, dead: "no such order", calls: 1},
		{name: "unknown type", status: 204, event: func(e testenv.Event) testenv.Event {
			e.Attributes["ce-type"] = "order.invented"
			return e
		}},
		{name: "undecodable body", status: 204, dead: "undecodable order.paid", event: func(e testenv.Event) testenv.Event {
			e.Data = []byte(`{"text":`)
			return e
		}},
		{name: "no type", status: 204, dead: "not a CloudEvent", event: func(e testenv.Event) testenv.Event {
			delete(e.Attributes, "ce-type")
			return e
		}},
		{name: "no version", status: 204, dead: "ends in no version", event: func(e testenv.Event) testenv.Event {
			e.Attributes["ce-id"] = "order/o_1/latest"
			return e
		}},
		{name: "no time", status: 204, dead: "ce-time", event: func(e testenv.Event) testenv.Event {
			e.Attributes["ce-time"] = "yesterday"
			return e
		}},
		{name: "Pub/Sub's own attributes cannot be published", answer: inbox.Refuse(errors.New("never")), status: 204, dead: "never", calls: 1, event: func(e testenv.Event) testenv.Event {
			e.Attributes["googclient_x"] = "y"
			return e
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			r.answer(tc.answer)
			e := paid(t)
			if tc.event != nil {
				e = tc.event(e)
			}
			if got := r.w.Deliver(r.base, e); got != tc.status {
				t.Errorf("HTTP %d, want %d", got, tc.status)
			}
			if got := len(r.calls()); got != tc.calls {
				t.Errorf("%d calls, want %d", got, tc.calls)
			}
			wantDead(t, r.w, e, tc.dead)
		})
	}
}

// wantDead asserts that e has become a dead letter because of why, or not at all.
func wantDead(t *testing.T, w *testenv.World, e testenv.Event, why string) {
	t.Helper()
	letters := w.Events()
	if why == "" {
		if len(letters) != 0 {
			t.Errorf("dead letters: %v, want none", letters)
		}
		return
	}
	if len(letters) != 1 || letters[0].Topic != "order-payment-dead" {
		t.Fatalf("published: %v, want one dead letter", letters)
	}
	got := letters[0]
	if !strings.Contains(got.Attributes["refused-because"], why) {
		t.Errorf("refused because %q, want %q", got.Attributes["refused-because"], why)
	}
	delete(got.Attributes, "refused-because")
	delete(e.Attributes, "googclient_x")
	if diff := cmp.Diff(e.Attributes, got.Attributes); diff != "" || !bytes.Equal(e.Data, got.Data) {
		t.Errorf("dead letter %s; attributes (-want +got):\n%s", got.Data, diff)
	}
}

func TestWhatALaterBuildSaysIsIgnored(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "payment")
	topics, err := outbox.OpenTopics(t.Context(), "payment", w.OutboxConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { topics.Close() })
	topic := inbox.New("payment", w.Verifier(), topics).Topic("order")
	var got *orderv1.OrderEvent
	inbox.On(topic, "order.paid", func(_ context.Context, _ inbox.Event, m *orderv1.OrderEvent) error { got = m; return nil })
	mux := http.NewServeMux()
	mux.Handle("POST /events/order", topic)
	e := paid(t)
	e.Data = []byte(`{"orderId":"o_1","state":"ORDER_STATE_INVENTED","invented":{"later":[1]}}`)
	if code := w.Deliver(testenv.Listen(t, mux), e); code != http.StatusNoContent || got.GetOrderId() != "o_1" {
		t.Errorf("HTTP %d, heard %v", code, got)
	}
}

func TestRefusedIsRetriedWhereItCannotBeBuried(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.w.Break("order-payment-dead", true)
	r.answer(inbox.Refuse(errors.New("never")))
	if got := r.w.Deliver(r.base, paid(t)); got != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d, want 503", got)
	}
}

func TestRefuseOfNothingIsNothing(t *testing.T) {
	t.Parallel()
	if err := inbox.Refuse(nil); err != nil {
		t.Errorf("Refuse(nil) = %v", err)
	}
}

func post(t *testing.T, client *http.Client, url string, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func envelope(t *testing.T, e testenv.Event) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"message": map[string]any{"data": base64.StdEncoding.EncodeToString(e.Data), "attributes": e.Attributes}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOnlyPubSubMayPush(t *testing.T) {
	t.Parallel()
	r := start(t)
	other := testenv.New(t, "payment")
	for name, tc := range map[string]struct {
		client *http.Client
		want   int
	}{
		"nobody":                   {http.DefaultClient, 401},
		"a customer":               {r.w.As(testenv.User{ID: "u_1"}), 401},
		"another service":          {r.w.AsService("order"), 403},
		"tasks":                    {r.w.AsService("tasks"), 403},
		"another project's pushes": {other.AsService("pubsub"), 401},
	} {
		if got := post(t, tc.client, r.base+"/events/order", envelope(t, paid(t))); got != tc.want {
			t.Errorf("%s: HTTP %d, want %d", name, got, tc.want)
		}
	}
	if calls := r.calls(); len(calls) != 0 {
		t.Errorf("heard %v", calls)
	}
}

func TestWhatIsNoPush(t *testing.T) {
	t.Parallel()
	r := start(t)
	pubsub := r.w.AsService("pubsub")
	if got := post(t, pubsub, r.base+"/events/order", "not JSON"); got != http.StatusNoContent {
		t.Errorf("no envelope: HTTP %d, want 204", got)
	}
	if got := post(t, pubsub, r.base+"/events/order", `{"message":{"data":"`+strings.Repeat("A", 1<<20)+`"}}`); got/100 == 2 {
		t.Errorf("more than a megabyte: HTTP %d, want a refusal", got)
	}
	letters := r.w.Events()
	if len(letters) != 1 || string(letters[0].Data) != "not JSON" {
		t.Errorf("dead letters %v, want that which is no push", letters)
	}
	if calls := r.calls(); len(calls) != 0 {
		t.Errorf("heard %v", calls)
	}
}

func TestTwoHandlersForOneTypeAreAMistake(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("the second handler was accepted")
		}
	}()
	topic := inbox.New("payment", nil, nil).Topic("order")
	for range 2 {
		inbox.On(topic, "order.paid", func(context.Context, inbox.Event, *structpb.Struct) error { return nil })
	}
}

// logged returns the log of the process until the end of the test, which must not be parallel.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &log
}

func TestOneLineForEachPushTurnedAway(t *testing.T) {
	log := logged(t)
	r := start(t)
	post(t, r.w.AsService("order"), r.base+"/events/order", envelope(t, paid(t)))
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `"topic":"order","error":"CALLER_NOT_ALLOWED`) {
		t.Errorf("logged %s", text)
	}
}

func TestOneLineForEachEvent(t *testing.T) {
	log := logged(t)
	r := start(t)
	r.answer(errors.New("not now"))
	r.w.Deliver(r.base, paid(t))
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("want one line of JSON, got %s", log.String())
	}
	for k, want := range map[string]any{"level": "WARN", "msg": "event", "topic": "order", "type": "order.paid", "id": "order/o_1/7", "outcome": "retry", "attempt": 1.0, "error": "not now"} {
		if line[k] != want {
			t.Errorf("%s = %v, want %v", k, line[k], want)
		}
	}
}
