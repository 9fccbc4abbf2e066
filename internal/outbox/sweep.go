package outbox

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/issho-shop/issho/internal/spandb"
)

// gauges tell how much is pending, as of the last sweep.
type gauges struct {
	depth metric.Int64Gauge
	age   metric.Float64Gauge
}

func newGauges() (g gauges, err error) {
	meter := otel.Meter("github.com/issho-shop/issho/internal/outbox")
	g.depth, err = meter.Int64Gauge("outbox.depth", metric.WithUnit("{row}"), metric.WithDescription("Rows committed and not acknowledged yet."))
	if err != nil {
		return g, err
	}
	g.age, err = meter.Float64Gauge("outbox.age", metric.WithUnit("s"), metric.WithDescription("Age of the oldest such row."))
	return g, err
}

// Sweep sends the rows older than five seconds, which a crash or a broken
// receiver has left, and returns how many. It tries every row once: one topic
// that is broken for good holds up nobody else. A second Sweep at the same time
// returns at once.
func (o *Outbox) Sweep(ctx context.Context) (int, error) {
	if !o.sweeping.TryLock() {
		return 0, nil
	}
	defer o.sweeping.Unlock()
	ctx = untraced(ctx)
	if err := o.measure(ctx); err != nil {
		return 0, fmt.Errorf("outbox sweep: %w", err)
	}
	total := 0
	var failed error
	for after := ""; ; {
		rows, err := o.left(ctx, after)
		if err != nil {
			return total, fmt.Errorf("outbox sweep: %w", err)
		}
		if len(rows) == 0 {
			return total, failed
		}
		after = rows[len(rows)-1].ID
		n, err := o.deliver(ctx, o.idle(rows))
		total += n
		if err != nil && failed == nil {
			failed = fmt.Errorf("outbox sweep: %w", err)
		}
	}
}

// left returns the next rows that the sender should have sent by now.
func (o *Outbox) left(ctx context.Context, after string) ([]row, error) {
	stmt := spanner.NewStatement(`
		SELECT Id, Kind, Target, Payload, Headers, Path, DueAt, CreatedAt
		FROM Outbox
		WHERE Id > @after AND CreatedAt < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 5 SECOND)
		ORDER BY Id LIMIT @limit`)
	stmt.Params["after"] = after
	stmt.Params["limit"] = int64(batchSize)
	return spandb.All[row](ctx, o.db.Recent(), "outbox_left", stmt)
}

// idle leaves out what this process is about to send anyway.
func (o *Outbox) idle(rows []row) []row {
	o.mu.Lock()
	defer o.mu.Unlock()
	var idle []row
	for _, r := range rows {
		if !o.busy[r.ID] {
			idle = append(idle, r)
		}
	}
	return idle
}

func (o *Outbox) measure(ctx context.Context) error {
	type pending struct {
		Depth  int64
		Oldest spanner.NullTime
		Now    time.Time
	}
	p, _, err := spandb.One[pending](ctx, o.db.Recent(), "outbox_depth",
		spanner.NewStatement("SELECT COUNT(*) AS Depth, MIN(CreatedAt) AS Oldest, CURRENT_TIMESTAMP() AS Now FROM Outbox"))
	if err != nil {
		return err
	}
	age := 0.0
	if p.Oldest.Valid {
		age = p.Now.Sub(p.Oldest.Time).Seconds()
	}
	o.gauges.depth.Record(ctx, p.Depth)
	o.gauges.age.Record(ctx, age)
	return nil
}
