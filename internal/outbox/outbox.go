// Package outbox sends what a change has caused: events to Pub/Sub and tasks to
// Cloud Tasks, at least once, and only if the change was committed.
//
// Rows of the table Outbox are written in the transaction of the change, with
// the trace of whoever caused it. Right after the commit a sender in the process
// takes them; a row is deleted when its receiver has acknowledged it, so the
// table holds pending work only. What a crash or a broken receiver leaves, Sweep
// sends again. A request never waits for Pub/Sub or Cloud Tasks, and is never
// refused because of them.
//
// Receivers must be idempotent: after a crash, or where two instances sweep, the
// same row is sent twice. The other end is package inbox.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/spandb"
)

// Config says where events and tasks go.
type Config struct {
	Project  string `env:"PROJECT, required"`
	Location string `env:"LOCATION"`           // of the Cloud Tasks queues
	SelfURL  string `env:"SELF_URL, required"` // audience of the tasks' tokens
	TasksURL string `env:"TASKS_URL"`          // what Cloud Tasks calls, in place of SelfURL

	PubSubEmulator string `env:"PUBSUB_EMULATOR_HOST"`
	TasksEmulator  string `env:"CLOUD_TASKS_EMULATOR_HOST"`
}

const (
	waiting   = 4096                   // rows waiting in memory; Sweep sends what finds no place
	batchSize = 200                    // rows sent at a time
	patience  = 8 * time.Second        // for sending one batch
	grace     = time.Second            // for what is waiting when the process stops
	gathering = 200 * time.Millisecond // how long acknowledged rows wait for others to be deleted with
)

// Outbox is one process's sender over its database.
type Outbox struct {
	service string
	db      *spandb.DB
	topics  *Topics
	tasks   *tasks
	gauges  gauges
	ctx     context.Context // of the workers; ended by stop
	stop    context.CancelFunc

	sweeping sync.Mutex
	workers  sync.WaitGroup

	mu      sync.Mutex
	settled *sync.Cond
	busy    map[string]bool // ids waiting or being sent in this process
	queues  map[string]chan row
	sent    []string    // acknowledged, not deleted yet; busy until then
	tidying *time.Timer // runs while there are any
	closed  bool
}

// New starts the sender of service, which is the ce-source of its events. Due
// times are the shop's, by clk.
func New(ctx context.Context, service string, db *spandb.DB, clk *clock.Clock, cfg Config) (*Outbox, error) {
	topics, err := OpenTopics(ctx, service, cfg)
	if err != nil {
		return nil, err
	}
	tasks, err := openTasks(ctx, cfg, clk)
	if err != nil {
		return nil, errors.Join(err, topics.Close())
	}
	gauges, err := newGauges()
	if err != nil {
		return nil, errors.Join(err, topics.Close(), tasks.close())
	}
	o := &Outbox{service: service, db: db, topics: topics, tasks: tasks, gauges: gauges, busy: map[string]bool{}}
	o.ctx, o.stop = context.WithCancel(untraced(context.WithoutCancel(ctx)))
	o.settled = sync.NewCond(&o.mu)
	o.queues = map[string]chan row{event: make(chan row, waiting), task: make(chan row, waiting)}
	for _, queue := range o.queues { // apart, so that a broken Pub/Sub holds up no task
		o.workers.Go(func() { o.work(queue) })
	}
	return o, nil
}

// Topics returns the way to Pub/Sub that needs no transaction.
func (o *Outbox) Topics() *Topics { return o.topics }

// Update is spandb's Update for a change that sends something: what fn adds to
// out is written with the change and sent after the commit. out is fresh on each
// attempt.
func (o *Outbox) Update(ctx context.Context, tag string, fn func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *Batch) error) (time.Time, error) {
	var rows []row
	at, err := o.db.Update(ctx, tag, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		var out Batch
		if err := fn(ctx, tx, &out); err != nil {
			return err
		}
		var err error
		if rows, err = out.rows(o.service); err != nil {
			return err
		}
		return tx.BufferWrite(append(inserts(rows), deletes(out.dropped)...))
	})
	if err != nil {
		return time.Time{}, err // a commit whose outcome is unknown is the sweep's
	}
	o.enqueue(rows)
	return at, nil
}

// enqueue hands rows to the workers, and never blocks.
func (o *Outbox) enqueue(rows []row) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range rows {
		if o.closed {
			return
		}
		if r.later {
			continue
		}
		select {
		case o.queues[r.Kind] <- r:
			o.busy[r.ID] = true
		default:
		}
	}
}

func (o *Outbox) work(queue <-chan row) {
	for first := range queue {
		rows := gather(first, queue)
		sent, err := o.send(o.ctx, rows)
		if err != nil {
			slog.WarnContext(o.ctx, "outbox: not sent yet", "rows", len(rows), "error", err)
		}
		o.settle(rows, sent)
	}
}

// gather takes what has been committed meanwhile.
func gather(first row, queue <-chan row) []row {
	rows := []row{first}
	for len(rows) < batchSize {
		select {
		case r, ok := <-queue:
			if !ok {
				return rows
			}
			rows = append(rows, r)
		default:
			return rows
		}
	}
	return rows
}

// Drain waits until everything that was waiting in this process has been tried,
// and what was sent is deleted.
func (o *Outbox) Drain(ctx context.Context) error {
	wake := context.AfterFunc(ctx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.settled.Broadcast()
	})
	defer wake()
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.busy) > 0 {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("outbox: %d rows left to the sweep: %w", len(o.busy), err)
		}
		o.settled.Wait()
	}
	return nil
}

// Close sends what is waiting, for a second at most, and stops. The rest
// stays in the table.
func (o *Outbox) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := o.Drain(ctx); err != nil {
		slog.WarnContext(ctx, "outbox: closing", "error", err)
	}
	o.mu.Lock()
	closed := o.closed
	o.closed = true
	o.mu.Unlock()
	if closed {
		return
	}
	o.stop()
	for _, queue := range o.queues {
		close(queue)
	}
	o.workers.Wait()
	if err := errors.Join(o.topics.Close(), o.tasks.close()); err != nil {
		slog.WarnContext(ctx, "outbox: closing", "error", err)
	}
}

// untraced keeps the sender's own calls out of the traces: each would be a trace
// of its own, and what matters is the way from cause to receiver.
func untraced(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}}))
}
