package main

import (
	"context"
	"errors"
	"time"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

const (
	closeAfter = 7 * 24 * time.Hour // from the outcome on: until then an invite shows how the group ended
	lookAgain  = 24 * time.Hour     // when an order has not ended yet
)

// closeGroups closes the groups that are over and all of whose orders have ended: cancelled, or completed long after they
// were delivered. Nothing waits for it, so it looks once a day.
func (s *server) closeGroups(ctx context.Context) (int, error) {
	var due []group.Look
	err := s.db.RecentSnapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		due, err = group.ToClose(ctx, r, s.clock.Now(), sweepLimit)
		return err
	})
	if err != nil {
		return 0, err
	}
	s.meters.swept(ctx, "closing", len(due))
	var failed []error
	for _, c := range due {
		failed = append(failed, s.closeGroup(ctx, c))
	}
	return len(due), errors.Join(failed...)
}

// closeGroup reads the orders outside of the transaction that closes: an order that has ended never revives.
func (s *server) closeGroup(ctx context.Context, c group.Look) error {
	ended, err := s.allEnded(ctx, c.GroupID)
	if err != nil {
		return err
	}
	return s.update(ctx, "close_group", needs{groups: []string{c.GroupID}}, func(w *work) error {
		g, err := w.group(c.GroupID)
		if err != nil {
			return err
		}
		if ended {
			g.Close(w.now)
		} else if err := w.add(group.LookToClose(c.GroupID, w.now.Add(lookAgain)), nil); err != nil {
			return err
		}
		return w.add(c.Delete(), nil)
	})
}

// allEnded says whether every order of a group's members has ended.
func (s *server) allEnded(ctx context.Context, groupID string) (bool, error) {
	for after := ""; ; {
		var orders map[string]*order.Order
		var members []group.Member
		err := s.db.RecentSnapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
			if members, err = group.After(ctx, r, groupID, after, s.batch); err != nil || len(members) == 0 {
				return err
			}
			var ids []string
			for _, m := range members {
				ids = append(ids, m.OrderID)
			}
			orders, err = order.ReadAll(ctx, r, ids)
			return err
		})
		if err != nil {
			return false, err
		}
		for _, o := range orders {
			if !o.Ended() {
				return false, nil
			}
		}
		if len(members) < s.batch {
			return true, nil
		}
		after = members[len(members)-1].UserID
	}
}
