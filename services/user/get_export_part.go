package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// GetExportPart answers a part of an export of the caller's that is done.
func (s *userServer) GetExportPart(ctx context.Context, req *userv1.GetExportPartRequest) (*userv1.GetExportPartResponse, error) {
	j, ok, err := job.Get(ctx, s.db, caller.From(ctx).UserID, req.GetJobId())
	if err != nil {
		return nil, err
	}
	if !ok || j.Kind != job.Export || j.State != job.Done || int(req.GetPart()) > j.Parts {
		return nil, fault.New(fault.NotFound)
	}
	p, ok, err := job.GetPart(ctx, s.db, j.ID, int(req.GetPart()))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	return &userv1.GetExportPartResponse{Json: p.JSON}, nil
}
