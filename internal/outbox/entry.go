package outbox

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/spandb"
)

// Schema is the table which every schema.sql of a service with an outbox holds.
const Schema = `
CREATE TABLE Outbox (
  Id        STRING(300) NOT NULL,  -- event: ce-id; task: task/<queue>/<id>
  Kind      STRING(8)   NOT NULL,  -- EVENT, TASK
  Target    STRING(100) NOT NULL,  -- topic or queue
  Payload   BYTES(MAX)  NOT NULL,  -- protojson
  Headers   JSON        NOT NULL,  -- CloudEvents attributes or HTTP headers, with traceparent
  Path      STRING(200),           -- task: procedure
  DueAt     TIMESTAMP,             -- task: when; NULL = now
  CreatedAt TIMESTAMP   NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (Id);
`

// The kinds of rows.
const (
	event = "EVENT"
	task  = "TASK"
)

// largest body, so that a push of it stays under the 1 MiB which receivers
// accept: a push carries it in base64.
const largest = 700 << 10

// Entry is an event or a task to be sent.
type Entry struct {
	kind, id, target, path string
	headers                map[string]string
	due                    time.Time
	body                   proto.Message
	later                  bool
}

// Event is the fact that subject ("order/<id>") has reached version by typ
// ("order.paid") at a time, told to topic. Its id is subject/version, the same
// however often it is sent.
func Event(topic, typ, subject string, version int64, at time.Time, body proto.Message) Entry {
	id := subject + "/" + strconv.FormatInt(version, 10)
	return Entry{kind: event, id: id, target: topic, body: body, headers: map[string]string{
		"ce-id":      id,
		"ce-type":    typ,
		"ce-subject": subject,
		"ce-time":    at.UTC().Format(time.RFC3339Nano),
	}}
}

// Task is a call of procedure ("/issho.order.v1.OrderInternalService/Hold…") with
// req, made by Cloud Tasks at a time of the shop's clock, or now when at is zero.
// The same id is run once, if Cloud Tasks remembers it (about an hour), so it
// names the run and not only the object: "deadline/<group>/<version>". at may be
// 30 days away at most.
func Task(queue, id, procedure string, req proto.Message, at time.Time) Entry {
	return Entry{kind: task, id: taskID(queue, id), target: queue, path: procedure, body: req, due: at, headers: map[string]string{}}
}

// Later leaves a task to the sweep, which hands it over some seconds after the
// commit: for one that is mostly dropped before. It is as sure to come as any.
func (e Entry) Later() Entry {
	e.later = true
	return e
}

// Batch collects what one transaction sends.
type Batch struct {
	entries []Entry
	dropped []string
}

// Drop takes a task back that the transaction makes needless. If Cloud Tasks has
// it already, it comes nevertheless, and has to find nothing to do.
func (b *Batch) Drop(queue, id string) { b.dropped = append(b.dropped, taskID(queue, id)) }

func taskID(queue, id string) string { return "task/" + queue + "/" + id }

// Add has entries sent after the commit, as consequences of the trace in ctx.
func (b *Batch) Add(ctx context.Context, entries ...Entry) {
	for _, e := range entries {
		b.entries = append(b.entries, e.traced(ctx))
	}
}

// traced returns e with the trace of ctx.
func (e Entry) traced(ctx context.Context) Entry {
	e.headers = maps.Clone(e.headers)
	propagation.TraceContext{}.Inject(ctx, propagation.MapCarrier(e.headers))
	return e
}

func (b *Batch) rows(service string) ([]row, error) {
	var rows []row
	for _, e := range b.entries {
		r, err := e.row(service)
		if err != nil {
			return nil, fmt.Errorf("outbox: %s: %w", e.id, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (e Entry) row(service string) (row, error) {
	payload, err := protojson.Marshal(e.body)
	if err != nil {
		return row{}, err
	}
	if len(payload) > largest {
		return row{}, fmt.Errorf("%d bytes are over the limit of %d", len(payload), largest)
	}
	if e.kind == event {
		e.headers["ce-source"] = service
	}
	return row{
		ID: e.id, Kind: e.kind, Target: e.target, Payload: payload,
		Headers:   spanner.NullJSON{Value: e.headers, Valid: true},
		Path:      spanner.NullString{StringVal: e.path, Valid: e.path != ""},
		DueAt:     spanner.NullTime{Time: e.due, Valid: !e.due.IsZero()},
		CreatedAt: spanner.CommitTimestamp,
		later:     e.later,
	}, nil
}

// row is a row of Outbox.
type row struct {
	ID        string `spanner:"Id"`
	Kind      string
	Target    string
	Payload   []byte
	Headers   spanner.NullJSON
	Path      spanner.NullString
	DueAt     spanner.NullTime
	CreatedAt time.Time

	later bool // not handed over at once
}

// headers returns the JSON object as it was written, or as it was read.
func (r row) headers() map[string]string {
	if written, ok := r.Headers.Value.(map[string]string); ok {
		return written
	}
	headers := map[string]string{}
	if read, ok := r.Headers.Value.(map[string]any); ok {
		for k, v := range read {
			headers[k], _ = v.(string)
		}
	}
	return headers
}

// inserts overwrites a row of the same id that is still pending: it says the
// same.
func inserts(rows []row) []*spanner.Mutation {
	var ms []*spanner.Mutation
	for _, r := range rows {
		ms = append(ms, spanner.InsertOrUpdate("Outbox", spandb.Columns[row](),
			[]any{r.ID, r.Kind, r.Target, r.Payload, r.Headers, r.Path, r.DueAt, r.CreatedAt}))
	}
	return ms
}

func deletes(ids []string) []*spanner.Mutation {
	var ms []*spanner.Mutation
	for _, id := range ids {
		ms = append(ms, spanner.Delete("Outbox", spanner.Key{id}))
	}
	return ms
}
