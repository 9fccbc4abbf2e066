package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// GetDataJob answers a job of the caller's.
func (s *userServer) GetDataJob(ctx context.Context, req *userv1.GetDataJobRequest) (*userv1.GetDataJobResponse, error) {
	j, ok, err := job.Get(ctx, s.db, caller.From(ctx).UserID, req.GetJobId())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	return &userv1.GetDataJobResponse{Job: fromJob(j)}, nil
}
