package main

import (
	"context"
	"log/slog"
	"maps"

	"go.opentelemetry.io/otel/trace"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// batch is how many members one transaction carries the outcome to: at about 75 mutations each, one a column, far under the 80,000 that
// Spanner takes in a commit.
const batch = 200

// FanOut carries a decided group's outcome to its members' orders. The group's row is the decision; this only follows, in
// as many transactions as it takes, and may be stopped, repeated and run twice at once.
func (s *server) FanOut(ctx context.Context, req *orderv1.FanOutRequest) (*orderv1.FanOutResponse, error) {
	return &orderv1.FanOutResponse{}, s.fanOut(ctx, req.GetGroupId())
}

func (s *server) fanOut(ctx context.Context, groupID string) error {
	for after, more := "", true; more; {
		from := after
		err := s.update(ctx, "fan_out", func(w *work) (err error) {
			after, more, err = w.fanOutBatch(groupID, from)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fanOutBatch carries the outcome to the next members, and answers the last of them and whether there may be more.
func (w *work) fanOutBatch(groupID, after string) (string, bool, error) {
	g, err := w.group(groupID)
	if err != nil || !g.FanOutShard.Valid {
		return after, false, err
	}
	members, err := group.Undecided(w.ctx, w.tx, groupID, after, batch)
	if err != nil {
		return after, false, err
	}
	if err := w.readOrders(members); err != nil {
		return after, false, err
	}
	for i := range members {
		m := &members[i]
		w.members[[2]string{m.GroupID, m.UserID}] = m
		if err := w.carry(g, m); err != nil {
			return after, false, err
		}
		after = m.UserID
	}
	if len(members) < batch {
		g.Carried(w.now)
		return after, false, nil
	}
	return after, true, nil
}

// readOrders reads the orders and claims of many members at once.
func (w *work) readOrders(members []group.Member) error {
	var ids []string
	for _, m := range members {
		ids = append(ids, m.OrderID)
	}
	if len(ids) == 0 {
		return nil
	}
	orders, err := order.ReadAll(w.ctx, w.tx, ids)
	if err != nil {
		return err
	}
	maps.Copy(w.orders, orders)
	return w.readClaims(ids)
}

// decision is a group decided by this process, and the span that did.
type decision struct {
	groupID string
	by      trace.SpanContext
}

// fanOutSoon has this process carry an outcome right after the commit that decided it, as part of the same trace. When the
// queue is full, or the process dies, the task of that commit does it.
func (s *server) fanOutSoon(ctx context.Context, groupID string) {
	select {
	case s.fanOuts <- decision{groupID, trace.SpanContextFromContext(ctx)}:
	default:
	}
}

// fanOutLoop works through what fanOutSoon was given until ctx ends.
func (s *server) fanOutLoop(ctx context.Context) error {
	ctx = caller.With(ctx, caller.Caller{Service: "order", Method: "fan out"})
	for {
		select {
		case <-ctx.Done():
			return nil
		case d := <-s.fanOuts:
			ctx := trace.ContextWithSpanContext(ctx, d.by)
			if err := s.fanOut(ctx, d.groupID); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "an outcome was not carried out; its task will", "group_id", d.groupID, "error", err)
			}
		}
	}
}
