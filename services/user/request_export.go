package main

import (
	"context"
	"strconv"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// RequestExport writes the job down, goes as far with it as the request lasts, and leaves the rest to the sweep.
func (s *userServer) RequestExport(ctx context.Context, req *userv1.RequestExportRequest) (*userv1.RequestExportResponse, error) {
	who, now := caller.From(ctx), s.now()
	request, err := firedb.NewRequest(who, req, now)
	if err != nil {
		return nil, err
	}
	id := request.ID("job")
	j, ok, err := job.Get(ctx, s.db, who.UserID, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		kept, err := job.Exports(ctx, s.db, who.UserID)
		if err != nil {
			return nil, err
		}
		if len(kept) >= job.MaxExports {
			return nil, fault.New(fault.LimitReached, "limit", strconv.Itoa(job.MaxExports), "of", "exports")
		}
		j = job.New(id, who.UserID, job.Export, s.exported(), now)
		if err := s.begin(ctx, j, request.Write(s.db)); err != nil {
			return nil, err
		}
	}
	return &userv1.RequestExportResponse{Job: fromJob(s.goOn(ctx, j))}, nil
}
