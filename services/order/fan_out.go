package main

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// FanOut carries a decided group's outcome to its members' orders. The group's row is the decision; this only follows, in
// as many transactions as it takes, and may be stopped, repeated and run twice at once.
func (s *server) FanOut(ctx context.Context, req *orderv1.FanOutRequest) (*orderv1.FanOutResponse, error) {
	g, ok, err := group.Read(ctx, s.db.Single(), req.GetGroupId())
	if err == nil && ok && g.FanOutShard.Valid {
		err = s.fanOut(ctx, g.GroupID)
	}
	return &orderv1.FanOutResponse{}, err
}

// smallFanOut is how many seats of a small group are looked at, those that were given up as well. Where there are more, the
// rest is carried after the commit.
const smallFanOut = 4 * hotGroup

func (s *server) fanOut(ctx context.Context, groupID string) error {
	for after, more := "", true; more; {
		from := after
		err := s.update(ctx, "fan_out", needs{groups: []string{groupID}}, func(w *work) (err error) {
			after, more, err = w.fanOutBatch(groupID, from, s.batch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// carrySmall carries the outcome of a group that this transaction has decided to its members, when they are few. A larger
// group's is carried after the commit.
func (w *work) carrySmall(g *group.Group) error {
	if !g.FanOutShard.Valid || g.Confirmed+g.Held > hotGroup {
		return nil
	}
	_, _, err := w.fanOutBatch(g.GroupID, "", smallFanOut)
	return err
}

// fanOutBatch carries the outcome to the next members, and answers the last of them and whether there may be more.
func (w *work) fanOutBatch(groupID, after string, batch int) (string, bool, error) {
	g, err := w.group(groupID)
	if err != nil || !g.FanOutShard.Valid {
		return after, false, err
	}
	members, err := group.After(w.ctx, w.tx, groupID, after, batch)
	if err != nil {
		return after, false, err
	}
	if err := w.readMembers(members); err != nil {
		return after, false, err
	}
	for _, m := range members {
		seat, _ := w.seats.get(m.Key())
		if err := w.carry(g, seat); err != nil {
			return after, false, err
		}
		after = m.UserID
	}
	if len(members) < batch {
		w.applied("fan_out", g.UpdatedAt)
		g.Carried(w.now)
		return after, false, w.add(group.LookToClose(g.GroupID, w.now.Add(closeAfter)), nil)
	}
	return after, true, nil
}

// readMembers reads at once what belongs to members whom the outcome has not reached.
func (w *work) readMembers(members []group.Member) error {
	n := needs{}
	for _, m := range members {
		n.seats = append(n.seats, m.Key())
		if !m.Decided {
			n.orders = append(n.orders, m.OrderID)
		}
	}
	if err := w.load(n); err != nil {
		return err
	}
	for _, id := range n.orders {
		if o, _ := w.orders.get(id); o != nil {
			n = n.and(confirming(o))
		}
	}
	return w.load(n)
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
