package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// ReachDeadline applies what is due to a group: its deadline, or the end of the grace after it. Too early, or once the
// group is decided, it does nothing.
func (s *server) ReachDeadline(ctx context.Context, req *orderv1.ReachDeadlineRequest) (*orderv1.ReachDeadlineResponse, error) {
	return &orderv1.ReachDeadlineResponse{}, s.reachDeadline(ctx, req.GetGroupId())
}

func (s *server) reachDeadline(ctx context.Context, groupID string) error {
	return s.update(ctx, "reach_deadline", needs{groups: []string{groupID}}, func(w *work) error {
		g, err := w.group(groupID)
		if err != nil {
			return err
		}
		if due := g.DueAt; due.Valid && !w.now.Before(due.Time) {
			w.applied("deadline", due.Time)
		}
		g.Due(w.now)
		return nil
	})
}
