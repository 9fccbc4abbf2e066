package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// deliver sends rows and deletes those that were acknowledged. It returns how
// many, and why the others were not.
func (o *Outbox) deliver(ctx context.Context, rows []row) (int, error) {
	sent, err := o.send(ctx, rows)
	if err := o.forget(ctx, sent); err != nil {
		return 0, err
	}
	return len(sent), err
}

// send returns the ids of the rows that were acknowledged, and why the others
// were not. Events and tasks go side by side, and what is tried in vain ends early
// enough to delete the rest: what a broken topic leaves undeleted would be sent
// again and again.
func (o *Outbox) send(ctx context.Context, rows []row) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, sendingTime(ctx))
	defer cancel()
	var events, due []row
	for _, r := range rows {
		if r.Kind == event {
			events = append(events, r)
		} else {
			due = append(due, r)
		}
	}
	var sent, created []string
	var err, err2 error
	var both sync.WaitGroup
	both.Go(func() { sent, err = o.topics.send(ctx, events) })
	both.Go(func() { created, err2 = o.tasks.create(ctx, due) })
	both.Wait()
	return append(sent, created...), errors.Join(err, err2)
}

// sendingTime is what of ctx's time sending may take.
func sendingTime(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return min(patience, time.Until(end)*4/5)
	}
	return patience
}

// forget deletes rows that were acknowledged.
func (o *Outbox) forget(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := o.db.Apply(ctx, "outbox_delete", deletes(ids)); err != nil {
		return fmt.Errorf("sent %d rows, which will be sent again: %w", len(ids), err)
	}
	return nil
}

// settle marks rows as tried: those sent are deleted soon, with what else is by
// then, the others are the sweep's.
func (o *Outbox) settle(rows []row, sent []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range rows {
		if !slices.Contains(sent, r.ID) {
			delete(o.busy, r.ID)
		}
	}
	o.sent = append(o.sent, sent...)
	if len(o.sent) > 0 && o.tidying == nil {
		o.tidying = time.AfterFunc(gathering, o.tidy)
	}
	o.settled.Broadcast()
}

// tidy deletes what was sent. What cannot be deleted is sent again by the sweep.
func (o *Outbox) tidy() {
	o.mu.Lock()
	ids := o.sent
	o.sent, o.tidying = nil, nil
	o.mu.Unlock()
	ctx, cancel := context.WithTimeout(o.ctx, patience)
	defer cancel()
	if err := o.forget(ctx, ids); err != nil {
		slog.WarnContext(ctx, "outbox: not deleted yet", "error", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range ids {
		delete(o.busy, id)
	}
	o.settled.Broadcast()
}
