package testenv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Event is a message as Pub/Sub has it.
type Event struct {
	Topic      string
	Attributes map[string]string // CloudEvents' ce-*, traceparent
	Data       []byte            // protojson
}

// Type returns the event's ce-type.
func (e Event) Type() string { return e.Attributes["ce-type"] }

// Decode reads the body into m.
func (e Event) Decode(t testing.TB, m proto.Message) {
	t.Helper()
	if err := protojson.Unmarshal(e.Data, m); err != nil {
		t.Fatalf("%s: %v", e.Type(), err)
	}
}

// Task is a task as Cloud Tasks has it.
type Task struct {
	Queue, Name, URL   string
	Headers            map[string]string
	Body               []byte
	Due                time.Time // real time; zero is now
	Identity, Audience string    // of the token which Cloud Tasks would bring along
}

// NewEvent returns an event as another service would publish it now.
func NewEvent(t testing.TB, topic, typ, subject string, version int64, body proto.Message) Event {
	t.Helper()
	data, err := protojson.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return Event{Topic: topic, Data: data, Attributes: map[string]string{
		"ce-id":      subject + "/" + strconv.FormatInt(version, 10),
		"ce-type":    typ,
		"ce-source":  "test",
		"ce-subject": subject,
		"ce-time":    time.Now().UTC().Format(time.RFC3339Nano),
	}}
}

// Events returns what has been published so far, in the order of arrival.
func (w *World) Events() []Event {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	return slices.Clone(w.sink.events)
}

// Tasks returns the tasks created so far, in the order of arrival.
func (w *World) Tasks() []Task {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	return slices.Clone(w.sink.tasks)
}

// WaitEvent waits for the next event of a type which no WaitEvent has returned.
func (w *World) WaitEvent(typ string) Event {
	w.t.Helper()
	return wait(w, typ, w.Events, func(e Event) bool { return e.Type() == typ })
}

// WaitTask waits for the next task in a queue which no WaitTask has returned.
func (w *World) WaitTask(queue string) Task {
	w.t.Helper()
	return wait(w, "queue "+queue, w.Tasks, func(t Task) bool { return t.Queue == queue })
}

func wait[T any](w *World, what string, all func() []T, match func(T) bool) T {
	w.t.Helper()
	var found T
	Eventually(w.t, func() error {
		n := 0
		for _, item := range all() {
			if !match(item) {
				continue
			}
			if n++; n > w.sink.waited[what] {
				found = item
				return nil
			}
		}
		return fmt.Errorf("%d of %s have been sent, want one more", n, what)
	})
	w.sink.waited[what]++
	return found
}

// Deliver pushes e to the service at base, signed as Pub/Sub does, and returns
// the HTTP status: 2xx done, 503 to be tried again.
func (w *World) Deliver(base string, e Event) int {
	w.t.Helper()
	push, err := json.Marshal(map[string]any{
		"message":         map[string]any{"messageId": random(), "data": e.Data, "attributes": e.Attributes},
		"subscription":    "projects/" + w.project + "/subscriptions/" + e.Topic + "-" + w.service,
		"deliveryAttempt": 1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.post("pubsub", base+"/events/"+e.Topic, map[string]string{"Content-Type": "application/json"}, push)
}

// DeliverTwice pushes e twice; both must be accepted.
func (w *World) DeliverTwice(base string, e Event) {
	w.t.Helper()
	for i := range 2 {
		if code := w.Deliver(base, e); code/100 != 2 {
			w.t.Errorf("delivery %d of %s: HTTP %d", i+1, e.Type(), code)
		}
	}
}

// RunTask calls the service at base as Cloud Tasks would, whenever the task is
// due, and returns the HTTP status.
func (w *World) RunTask(base string, task Task) int {
	w.t.Helper()
	procedure, ok := strings.CutPrefix(task.URL, w.selfURL)
	if !ok {
		w.t.Fatalf("task for %s, not for %s", task.URL, w.selfURL)
	}
	return w.post("tasks", base+procedure, task.Headers, task.Body)
}

func (w *World) post(identity, url string, headers map[string]string, body []byte) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := w.AsService(identity).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}
