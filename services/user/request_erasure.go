package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/user/internal/address"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// RequestErasure writes the job down and, in the same commit, closes the address book, so that nothing new can be ordered.
// A customer has one erasure, so its id is derived from the account and not from the request; one that is done begins anew,
// since the account can still tell us something afterwards.
func (s *userServer) RequestErasure(ctx context.Context, _ *userv1.RequestErasureRequest) (*userv1.RequestErasureResponse, error) {
	customer := caller.From(ctx).UserID
	jobID := id.Derive("job", "erasure", customer)
	j, ok, err := job.Get(ctx, s.db, customer, jobID)
	if err != nil {
		return nil, err
	}
	if !ok || j.State == job.Done {
		j = j.Anew(job.New(jobID, customer, job.Erasure, erased, s.now()))
		closed, err := s.closed(ctx, customer)
		if err != nil {
			return nil, err
		}
		if err := s.begin(ctx, j, closed); err != nil {
			return nil, err
		}
	}
	return &userv1.RequestErasureResponse{Job: fromJob(s.goOn(ctx, j))}, nil
}

func (s *userServer) closed(ctx context.Context, customer string) (firedb.Write, error) {
	book, err := address.Of(ctx, s.db, customer)
	book.Closed, book.UpdatedAt = true, s.now()
	return book.Put(s.db), err
}
