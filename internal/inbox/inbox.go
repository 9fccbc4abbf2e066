// Package inbox receives the events that Pub/Sub pushes, one HTTP request each,
// at /events/<topic>.
//
// A push is believed when it carries the token of the service account pubsub,
// made out to us; nothing else about it grants anything. What a handler returns
// decides: nil is done (2xx), Refuse(err) is refused for good (to the dead-letter
// topic <topic>-<service>-dead, then 2xx), and any other error is retried (503,
// and Pub/Sub backs off). Events come at least once, in any order: handlers are
// idempotent by the natural key of what they change. Types that nobody asked for
// are accepted and ignored.
//
// The other end is package outbox. Tasks do not come here: Cloud Tasks calls RPCs.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/outbox"
)

const scope = "github.com/issho-shop/issho/internal/inbox"

// patience is what a handler may take; Pub/Sub waits longer.
const patience = 30 * time.Second

// Inbox is what the topics of one service share.
type Inbox struct {
	service  string
	verifier *caller.Verifier
	dead     *outbox.Topics
	tracer   trace.Tracer
	seconds  metric.Float64Histogram
}

// New returns the inbox of service, which sends what it refuses to dead.
func New(service string, v *caller.Verifier, dead *outbox.Topics) *Inbox {
	seconds, err := otel.Meter(scope).Float64Histogram("inbox.duration", metric.WithUnit("s"),
		metric.WithDescription("Handling of one pushed event, by topic, type and outcome."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30))
	if err != nil {
		otel.Handle(err) // the instrument works on as a no-op
	}
	return &Inbox{service: service, verifier: v, dead: dead, tracer: otel.Tracer(scope), seconds: seconds}
}

// Topic returns the receiver of a topic's pushes, to be mounted at
// /events/<name>. What it hears is set with On, before it is served.
func (in *Inbox) Topic(name string) *Topic {
	return &Topic{in: in, name: name, handlers: map[string]handler{}}
}

// Topic is an http.Handler for the pushes of one topic.
type Topic struct {
	in       *Inbox
	name     string
	handlers map[string]handler
}

type handler func(ctx context.Context, e Event, data []byte) error

// Event is what is known of an event beside its body.
type Event struct {
	ID      string // "order/<id>/<version>", the same at each delivery
	Type    string // "order.paid"
	Source  string // the service that published it
	Subject string // "order/<id>"
	Version int64  // of the subject: the end of the id
	Time    time.Time
	Attempt int // 1 at the first delivery
}

// On has fn called for each event of a type, with its body. ctx holds the caller
// (service pubsub), the publisher's trace, and a deadline. Fields that this
// build does not know are ignored.
func On[M proto.Message](t *Topic, typ string, fn func(ctx context.Context, e Event, m M) error) {
	if t.handlers[typ] != nil {
		panic("inbox: two handlers for " + typ)
	}
	t.handlers[typ] = func(ctx context.Context, e Event, data []byte) error {
		var none M
		m := none.ProtoReflect().New().Interface().(M)
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, m); err != nil {
			return Refuse(fmt.Errorf("undecodable %s: %w", typ, err))
		}
		return fn(ctx, e, m)
	}
}

// Refuse marks err as final: the event is never going to be accepted. It returns
// nil for nil.
func Refuse(err error) error {
	if err == nil {
		return nil
	}
	return refused{err}
}

type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// The outcomes of an event, in logs and metrics.
const (
	done    = "done"
	ignored = "ignored"
	retry   = "retry"
	refusal = "refused"
)

// ServeHTTP takes one push.
func (t *Topic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := t.authorise(r); err != nil {
		t.turnAway(w, r, err)
		return
	}
	m, err := read(w, r)
	if err != nil {
		t.turnAway(w, r, err)
		return
	}
	began := time.Now()
	ctx, span := t.in.tracer.Start(m.trace(r.Context()), "event "+m.event.Type, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.String("messaging.system", "gcp_pubsub"), attribute.String("messaging.destination.name", t.name),
			attribute.String("messaging.message.id", m.event.ID)))
	defer span.End()
	outcome, err := t.handle(ctx, m)
	t.record(ctx, m.event, outcome, time.Since(began), err)
	if outcome == retry {
		span.RecordError(err)
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// turnAway refuses a push that was not read. Whoever pushes tries again and again, so the log has to tell.
func (t *Topic) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	slog.WarnContext(r.Context(), "push turned away", "topic", t.name, "error", err)
	fault.Write(w, r, err)
}

func (t *Topic) authorise(r *http.Request) error {
	who, err := t.in.verifier.Service(r)
	if err != nil {
		return err
	}
	if who != "pubsub" {
		return fault.New(fault.CallerNotAllowed).Because(fmt.Errorf("%s pushed an event", who))
	}
	return nil
}

// handle returns what became of the message; err is why, if it was not accepted.
func (t *Topic) handle(ctx context.Context, m message) (outcome string, err error) {
	err = m.malformed
	if err == nil {
		handle := t.handlers[m.event.Type]
		if handle == nil {
			return ignored, nil
		}
		ctx, cancel := context.WithTimeout(caller.With(ctx, caller.Caller{Service: "pubsub", Method: m.event.Type}), patience)
		defer cancel()
		err = handle(ctx, m.event, m.data)
	}
	var final refused
	switch {
	case err == nil:
		return done, nil
	case !errors.As(err, &final):
		return retry, err
	}
	if lost := t.in.dead.DeadLetter(ctx, t.name+"-"+t.in.service+"-dead", m.data, m.buried(final)); lost != nil {
		return retry, errors.Join(err, lost)
	}
	return refusal, err
}

func (t *Topic) record(ctx context.Context, e Event, outcome string, took time.Duration, err error) {
	typ := e.Type
	if t.handlers[typ] == nil {
		typ = "other" // what others invent must not grow our metrics
	}
	t.in.seconds.Record(ctx, took.Seconds(), metric.WithAttributes(
		attribute.String("topic", t.name), attribute.String("type", typ), attribute.String("outcome", outcome)))
	level := map[string]slog.Level{retry: slog.LevelWarn, refusal: slog.LevelError}[outcome]
	attrs := []slog.Attr{slog.String("topic", t.name), slog.String("type", e.Type), slog.String("id", e.ID),
		slog.String("outcome", outcome), slog.Int("attempt", e.Attempt), slog.Duration("took", took)}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	slog.LogAttrs(ctx, level, "event", attrs...)
}
