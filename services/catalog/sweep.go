package main

import (
	"context"
	"errors"

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

// deletePictures deletes pictures that have hung nowhere for long. Its document dooms a picture first, and only as it was
// read, so one that somebody hangs this moment stays; and it goes last, so that what the storage does not delete is tried
// again by the next sweep.
func (s *catalogServer) deletePictures(ctx context.Context) (int, error) {
	old, err := media.Expired(ctx, s.db, s.now(), 500)
	if err != nil {
		return 0, err
	}
	var deleted int
	var failed []error
	for _, m := range old {
		switch err := s.deletePicture(ctx, m); {
		case err == nil:
			deleted++
		case fault.ReasonOf(err) != fault.Conflict: // else somebody has hung it
			failed = append(failed, err)
		}
	}
	return deleted, errors.Join(failed...)
}

func (s *catalogServer) deletePicture(ctx context.Context, m media.Media) error {
	if !m.Doomed {
		if err := firedb.Commit(ctx, s.db, m.Doom().Replace(s.db)); err != nil {
			return err
		}
	}
	if err := s.gallery.remove(ctx, m.ID); err != nil {
		return err
	}
	return m.Forget(ctx, s.db)
}

// forgetGroups lets groups of long ago count no more, at most some thousand at a time.
func (s *catalogServer) forgetGroups(ctx context.Context) (int, error) {
	old, err := heat.Old(ctx, s.db, s.now(), 2000)
	if err != nil {
		return 0, err
	}
	for i, g := range old {
		writes := g.Forget(s.db)
		if g.Shown(heat.Group{}) {
			writes = append(writes, heatChanged(g, "forgotten/").Write(s.db))
		}
		err := firedb.Commit(ctx, s.db, writes...)
		if fault.ReasonOf(err) == fault.Conflict { // heard of again: it stays
			continue
		}
		if err != nil {
			return i, err
		}
	}
	return len(old), nil
}
