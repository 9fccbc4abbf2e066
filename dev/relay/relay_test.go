package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/issho-shop/issho/dev/declared"
)

// call is what a service saw.
type call struct {
	Path, Token, Trace, Task string
	Body                     string
}

// receiver is a service that answers with one status after another, the last one for ever.
type receiver struct {
	mu       sync.Mutex
	calls    []call
	statuses []int
	arrived  chan call
	bury     func() // as the service does with what it refuses for good
}

func (s *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c := call{r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Traceparent"), r.Header.Get("X-CloudTasks-TaskName"), string(body)}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	status := s.statuses[0]
	if len(s.statuses) > 1 {
		s.statuses = s.statuses[1:]
	}
	bury := s.bury
	s.mu.Unlock()
	if bury != nil {
		bury()
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"status":%d}`, status)
	s.arrived <- c
}

func (s *receiver) answer(statuses ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses = statuses
}

// world is a relay between an issuer, a service `order` and, in a project of its own, the Pub/Sub emulator.
func world(t *testing.T) (*relay, *receiver) {
	t.Helper()
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Metadata-Flavor") != "Google" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		email := strings.Split(r.URL.Path, "/")[5]
		fmt.Fprintf(w, "%s for %s", email, r.URL.Query().Get("audience"))
	}))
	t.Cleanup(issuer.Close)
	service := &receiver{statuses: []int{http.StatusOK}, arrived: make(chan call, 100)}
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		t.Fatal(err)
	}
	d := &declared.Declared{
		Services:      map[string]declared.Service{"order": {Port: port}},
		Topics:        []string{"payment"},
		Subscriptions: map[string]declared.Subscription{"payment-order": {Topic: "payment", Service: "order", DeadLetter: "payment-order-dead"}},
		Jobs:          map[string]declared.Job{"order-sweep": {Cron: "* * * * *", Service: "order", Procedure: "issho.order.v1.OrderInternalService/Sweep"}},
	}
	cfg := config{Project: "relay-" + uuid.NewString()[:8], IssuerURL: issuer.URL}
	client, err := pubsub.NewClient(t.Context(), cfg.Project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return newRelay(cfg, d, client), service
}

func TestMain(m *testing.M) {
	if os.Getenv("PUBSUB_EMULATOR_HOST") == "" {
		fmt.Fprintln(os.Stderr, "PUBSUB_EMULATOR_HOST is not set. Run: scripts/check test ./dev/relay")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func post(t *testing.T, r *relay, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	req.Header.Set("X-CloudTasks-TaskName", "t1")
	req.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	w := httptest.NewRecorder()
	r.routes().ServeHTTP(w, req)
	return w
}

func TestTaskIsSignedAndForwarded(t *testing.T) {
	r, service := world(t)
	service.answer(http.StatusServiceUnavailable)
	w := post(t, r, "/tasks/order/issho.order.v1.OrderInternalService/FanOut", `{"groupId":"g"}`)
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != `{"status":503}` {
		t.Errorf("answered %d %s, want the service's 503", w.Code, w.Body)
	}
	want := []call{{
		Path:  "/issho.order.v1.OrderInternalService/FanOut",
		Token: fmt.Sprintf("Bearer issho-tasks@%s.iam.gserviceaccount.com for %s", r.project, r.declared.Services["order"].URL()),
		Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		Task:  "t1",
		Body:  `{"groupId":"g"}`,
	}}
	if diff := cmp.Diff(want, service.calls); diff != "" {
		t.Errorf("the service saw (-want +got):\n%s", diff)
	}
}

func TestTaskOfNoService(t *testing.T) {
	r, _ := world(t)
	if w := post(t, r, "/tasks/kart/x.Y/Z", `{}`); w.Code != http.StatusNotFound {
		t.Errorf("answered %d, want 404", w.Code)
	}
}

func TestDuplicates(t *testing.T) {
	r, service := world(t)
	if w := post(t, r, "/faults", `{"duplicate": true}`); w.Code != http.StatusOK {
		t.Fatalf("faults answered %d", w.Code)
	}
	for range 2 { // once at the same time, once after each other
		post(t, r, "/tasks/order/x.Y/Z", `{}`)
	}
	if got := len(service.calls); got != 4 {
		t.Errorf("%d deliveries of 2 tasks, want 4", got)
	}
	service.answer(http.StatusOK, http.StatusServiceUnavailable)
	if w := post(t, r, "/tasks/order/x.Y/Z", `{}`); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one copy failed, yet the answer is %d", w.Code)
	}
	if w := post(t, r, "/faults", `{"dublicate": true}`); w.Code != http.StatusBadRequest {
		t.Errorf("an unknown fault is answered with %d", w.Code)
	}
}

func TestTick(t *testing.T) {
	r, service := world(t)
	if w := post(t, r, "/tick?job=order-sweep", ""); w.Code != http.StatusOK {
		t.Errorf("answered %d", w.Code)
	}
	got := service.calls[0]
	if got.Path != "/issho.order.v1.OrderInternalService/Sweep" || got.Body != "{}" || !strings.HasPrefix(got.Token, "Bearer issho-scheduler@") {
		t.Errorf("the service saw %+v", got)
	}
	if w := post(t, r, "/tick", ""); strings.TrimSpace(w.Body.String()) != `{"order-sweep":200}` {
		t.Errorf("all jobs: %s", w.Body)
	}
	if w := post(t, r, "/tick?job=nothing", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown job is answered with %d", w.Code)
	}
}

func TestIssuerDown(t *testing.T) {
	r, service := world(t)
	r.tokens.issuer = "http://127.0.0.1:1"
	if w := post(t, r, "/tasks/order/x.Y/Z", `{}`); w.Code != http.StatusBadGateway || len(service.calls) != 0 {
		t.Errorf("answered %d after %d unsigned calls", w.Code, len(service.calls))
	}
}

// subscribe makes a topic and a subscription of the same name, or of another topic.
func subscribe(t *testing.T, r *relay, topic, name string) {
	t.Helper()
	full := fmt.Sprintf("projects/%s/topics/%s", r.project, topic)
	if _, err := r.pubsub.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: full}); err != nil {
		t.Fatal(err)
	}
	subscription := fmt.Sprintf("projects/%s/subscriptions/%s", r.project, name)
	if _, err := r.pubsub.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: subscription, Topic: full}); err != nil {
		t.Fatal(err)
	}
}

func publish(t *testing.T, r *relay, topic string, attributes map[string]string) {
	t.Helper()
	_, err := r.pubsub.Publisher(topic).Publish(t.Context(), &pubsub.Message{Data: []byte(`{"x":1}`), Attributes: attributes}).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
}

// next waits for the service's next call.
func next(t *testing.T, s *receiver) call {
	t.Helper()
	select {
	case c := <-s.arrived:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("nothing arrived")
		return call{}
	}
}

func TestEventIsPushedUntilTaken(t *testing.T) {
	r, service := world(t)
	service.answer(http.StatusServiceUnavailable, http.StatusNoContent)
	subscribe(t, r, "payment", "payment-order")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.pull(ctx) }()
	publish(t, r, "payment", map[string]string{"ce-id": "payment/p/1", "traceparent": "00-1-2-01"})
	first, second := next(t, service), next(t, service)
	stop()
	if err := <-done; err != nil {
		t.Errorf("pull ended with %v", err)
	}
	if first.Body != second.Body || first.Path != "/events/payment" || !strings.HasPrefix(first.Token, "Bearer issho-pubsub@") {
		t.Errorf("pushed %+v, then %+v", first, second)
	}
	var got envelope
	if err := json.Unmarshal([]byte(first.Body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Message.Attributes["ce-id"] != "payment/p/1" || string(got.Message.Data) != `{"x":1}` || got.Message.MessageID == "" ||
		!strings.HasSuffix(got.Subscription, "/subscriptions/payment-order") {
		t.Errorf("envelope %+v", got)
	}
}

func TestReplay(t *testing.T) {
	r, service := world(t)
	subscribe(t, r, "payment-order-dead", "payment-order-dead")
	publish(t, r, "payment-order-dead", map[string]string{"ce-id": "payment/p/1", "CloudPubSubDeadLetterSourceDeliveryCount": "100"})

	service.answer(http.StatusServiceUnavailable)
	if w := post(t, r, "/replay?topic=payment", ""); strings.TrimSpace(w.Body.String()) != `{"delivered":0,"refused":1}` {
		t.Errorf("refused again: %s", w.Body)
	}
	service.answer(http.StatusNoContent)
	if w := post(t, r, "/replay?topic=payment", ""); strings.TrimSpace(w.Body.String()) != `{"delivered":1,"refused":0}` {
		t.Errorf("taken: %s", w.Body)
	}
	if strings.Contains(service.calls[1].Body, "DeadLetterSource") || !strings.Contains(service.calls[1].Body, "payment/p/1") {
		t.Errorf("delivered %s", service.calls[1].Body)
	}
	if w := post(t, r, "/replay?topic=payment", ""); strings.TrimSpace(w.Body.String()) != `{"delivered":0,"refused":0}` {
		t.Errorf("nothing is left, yet: %s", w.Body)
	}
	if w := post(t, r, "/replay?topic=nothing", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown topic is answered with %d", w.Code)
	}
}

func TestReplayEndsWhereAServiceBuriesAgain(t *testing.T) {
	r, service := world(t)
	subscribe(t, r, "payment-order-dead", "payment-order-dead")
	attributes := map[string]string{"ce-id": "payment/p/1"}
	publish(t, r, "payment-order-dead", attributes)
	service.answer(http.StatusNoContent)
	service.bury = func() { publish(t, r, "payment-order-dead", attributes) }
	if w := post(t, r, "/replay?topic=payment", ""); strings.TrimSpace(w.Body.String()) != `{"delivered":0,"refused":1}` {
		t.Errorf("buried again: %s", w.Body)
	}
	service.bury = nil
	if w := post(t, r, "/replay?topic=payment", ""); strings.TrimSpace(w.Body.String()) != `{"delivered":1,"refused":0}` {
		t.Errorf("taken: %s", w.Body)
	}
}
