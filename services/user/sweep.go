package main

import (
	"context"
	"errors"
	"time"

	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// One sweep goes on with at most sweepJobs jobs, for at most sweepFor.
const (
	sweepJobs = 100
	sweepFor  = 20 * time.Second
)

// Sweep goes on with jobs that are due, and deletes what has served its time. Twice is once.
func (s *userServer) Sweep(ctx context.Context, _ *userv1.SweepRequest) (*userv1.SweepResponse, error) {
	now := s.now()
	due, err := firedb.All[job.Job](job.Due(s.db, now, sweepJobs).Documents(ctx))
	if err != nil {
		return nil, err
	}
	var failed []error
	for end := time.Now().Add(sweepFor); len(due) > 0 && time.Now().Before(end); due = due[1:] {
		_, err := s.advance(ctx, due[0].CustomerID, due[0].ID)
		failed = append(failed, err)
	}
	requests, err := firedb.SweepRequests(ctx, s.db, now)
	if err != nil {
		return nil, err
	}
	exports, err := job.Sweep(ctx, s.db, now)
	if err != nil {
		return nil, err
	}
	return &userv1.SweepResponse{Count: int64(requests + exports)}, errors.Join(failed...)
}
