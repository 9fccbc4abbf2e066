package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/services/order/internal/group"
)

// StopGroup cancels a group that has not formed, on an operator's word. The fan-out carries that to its members' orders.
func (s *server) StopGroup(ctx context.Context, req *orderv1.StopGroupRequest) (*orderv1.StopGroupResponse, error) {
	var stopped *group.Group
	err := s.hot.do(because(ctx, req.GetReason()), "group/"+req.GetGroupId(), "stop_group", needs{groups: []string{req.GetGroupId()}}, func(w *work) error {
		g, err := w.group(req.GetGroupId())
		if err != nil {
			return err
		}
		stopped = g
		return g.Stop("operator", w.now)
	})
	if err != nil {
		return nil, err
	}
	return &orderv1.StopGroupResponse{Group: groupMessage(stopped)}, nil
}
