package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/heat"
	"github.com/issho-shop/issho/services/catalog/internal/media"
)

// Sweep deletes what has served its time. Twice is once.
func (s *catalogServer) Sweep(ctx context.Context, _ *catalogv1.SweepRequest) (*catalogv1.SweepResponse, error) {
	now := s.now()
	requests, err := firedb.SweepRequests(ctx, s.db, now)
	if err != nil {
		return nil, err
	}
	changes, err := change.Sweep(ctx, s.db, s.realNow())
	if err != nil {
		return nil, err
	}
	groups, err := s.forgetGroups(ctx)
	if err != nil {
		return nil, err
	}
	pictures, err := s.deletePictures(ctx)
	if err != nil {
		return nil, err
	}
	return &catalogv1.SweepResponse{Count: int64(requests + changes + groups + pictures)}, nil
}

// deletePictures deletes pictures that have hung nowhere for long. The document goes first, and only as it was read: so a
// picture that somebody hangs this moment stays, and what a crash leaves behind is an object that nothing names.
func (s *catalogServer) deletePictures(ctx context.Context) (int, error) {
	old, err := media.Expired(ctx, s.db, s.now(), 500)
	if err != nil {
		return 0, err
	}
	for i, m := range old {
		err := firedb.Commit(ctx, s.db, m.Delete(s.db))
		if fault.ReasonOf(err) == fault.Conflict {
			continue
		}
		if err == nil {
			err = s.gallery.remove(ctx, m.ID)
		}
		if err != nil {
			return i, err
		}
	}
	return len(old), nil
}

// forgetGroups lets groups of long ago count no more, at most some thousand at a time.
func (s *catalogServer) forgetGroups(ctx context.Context) (int, error) {
	old, err := heat.Old(ctx, s.db, s.now(), 2000)
	if err != nil {
		return 0, err
	}
	for i, g := range old {
		err := firedb.Commit(ctx, s.db, g.Forget(s.db)...)
		if fault.ReasonOf(err) == fault.Conflict { // heard of again: it stays
			continue
		}
		if err != nil {
			return i, err
		}
	}
	return len(old), nil
}
