package outbox

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/issho-shop/issho/internal/together"
)

const (
	moment  = 200 * time.Millisecond // the most that a request gives to telling of a visit
	joining = 10 * time.Millisecond  // how long after visits were told others may join the next ones
)

// Visits publishes facts that are counted and decide nothing: what was looked
// at, what was put into a cart. Their services keep Firestore, which has no table
// that could be written in the same commit and swept, and none is worth a write of
// its own: so they are published at once, from within the request (its instance
// may have no CPU after the answer), for a moment at most, those of requests that
// come while others are being told, or shortly after, in one go, and a failure is counted and passed
// over. The request never fails by it.
//
// `visit.events` counts them by type and outcome: sent, lost.
type Visits struct {
	topics *Topics
	lane   *together.Lane[[]row]
	events metric.Int64Counter
}

// Visits returns the way for such facts.
func (t *Topics) Visits() *Visits {
	events, err := otel.Meter("github.com/issho-shop/issho/internal/outbox").Int64Counter("visit.events",
		metric.WithUnit("{event}"), metric.WithDescription("Visits told, by type and outcome."))
	if err != nil {
		otel.Handle(err) // the instrument works on as a no-op
	}
	return &Visits{topics: t, events: events, lane: together.New(first, func(ctx context.Context, visits [][]row) ([]error, error) {
		_, err := t.send(ctx, slices.Concat(visits...))
		return make([]error, len(visits)), err
	}).Gathering(joining)}
}

// Tell publishes entries, all of one type, as consequences of the trace in ctx.
// Whoever hung up has visited all the same.
func (v *Visits) Tell(ctx context.Context, typ string, entries ...Entry) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), moment)
	defer cancel()
	outcome := "sent"
	if err := v.tell(within, entries); err != nil {
		outcome = "lost"
		slog.InfoContext(ctx, "visits were not told", "type", typ, "count", len(entries), "error", err)
	}
	v.events.Add(ctx, int64(len(entries)), metric.WithAttributes(attribute.String("type", typ), attribute.String("outcome", outcome)))
}

func (v *Visits) tell(ctx context.Context, entries []Entry) error {
	var b Batch
	b.Add(ctx, entries...)
	rows, err := b.rows(v.topics.service)
	if err != nil || len(rows) == 0 {
		return err
	}
	return v.lane.Do(untraced(ctx), rows)
}

// first tells one request's visits from another's.
func first(visits []row) string { return visits[0].ID }
