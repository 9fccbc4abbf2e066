package main

import (
	"context"
	"log/slog"
	"slices"

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

const (
	// smallFanOut is how many seats of a small group are looked at, those that were given up as well. Where there are more, the
	// rest is carried after the commit.
	smallFanOut = 4 * hotGroup
	// fanOutPage is how many seats are listed at a time.
	fanOutPage = 500
)

// fanOut carries a decided group's outcome to those of its members whom it has not reached, some in a transaction. Nobody
// joins a decided group, so they are listed outside of them.
func (s *server) fanOut(ctx context.Context, groupID string) error {
	for after, more := "", true; more; {
		members, err := group.After(ctx, s.db.Single(), groupID, after, fanOutPage)
		if err != nil {
			return err
		}
		if more = len(members) == fanOutPage; more {
			after = members[fanOutPage-1].UserID
		}
		left := slices.DeleteFunc(members, func(m group.Member) bool { return m.Decided })
		for some := range slices.Chunk(left, s.batch) {
			if err := s.carrying(ctx, groupID, func(w *work, g *group.Group) error { return w.carryTo(g, some) }); err != nil {
				return err
			}
		}
	}
	return s.carrying(ctx, groupID, (*work).carried)
}

// carrying does something to a group in a transaction, as long as its outcome has not reached everybody.
func (s *server) carrying(ctx context.Context, groupID string, do func(w *work, g *group.Group) error) error {
	return s.update(ctx, "fan_out", needs{groups: []string{groupID}}, func(w *work) error {
		g, err := w.group(groupID)
		if err != nil || !g.FanOutShard.Valid {
			return err
		}
		return do(w, g)
	})
}

// carrySmall carries the outcome of a group that this transaction has decided to its members, when they are few. A larger
// group's is carried after the commit.
func (w *work) carrySmall(g *group.Group) error {
	if !g.FanOutShard.Valid || g.Confirmed+g.Held > hotGroup {
		return nil
	}
	members, err := group.After(w.ctx, w.tx, g.GroupID, "", smallFanOut)
	if err != nil {
		return err
	}
	if err := w.carryTo(g, members); err != nil || len(members) == smallFanOut {
		return err
	}
	return w.carried(g)
}

// carryTo carries a group's outcome to members.
func (w *work) carryTo(g *group.Group, members []group.Member) error {
	if err := w.readMembers(members); err != nil {
		return err
	}
	for _, m := range members {
		seat, _ := w.seats.get(m.Key())
		if err := w.carry(g, seat); err != nil {
			return err
		}
	}
	return nil
}

// carried notes that a group's outcome has reached everybody.
func (w *work) carried(g *group.Group) error {
	w.applied("fan_out", g.UpdatedAt)
	g.Carried(w.now)
	return w.add(group.LookToClose(g.GroupID, w.now.Add(closeAfter)), nil)
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
