package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/issho-shop/issho/internal/fault"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
)

// TakeSnapshot stores the index for those that start later. The generation that it replaces is read before the copy is made:
// who loses to another's has an older copy, or one as good.
func (s *searchServer) TakeSnapshot(ctx context.Context, _ *searchv1.TakeSnapshotRequest) (*searchv1.TakeSnapshotResponse, error) {
	if err := s.caughtUp(ctx); err != nil {
		return nil, fault.New(fault.DependencyUnavailable, "dependency", "catalog").Because(err)
	}
	generation, err := s.snapshots.Generation(ctx)
	if err != nil {
		return nil, fault.New(fault.StoreUnavailable).Because(err)
	}
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, "index")
	if err := s.index.CopyTo(copied); err != nil {
		return nil, err
	}
	products, err := s.index.Count()
	if err != nil {
		return nil, err
	}
	size, stored, err := s.snapshots.Put(ctx, copied, generation)
	if err != nil {
		return nil, fault.New(fault.StoreUnavailable).Because(err)
	}
	return &searchv1.TakeSnapshotResponse{Stored: stored, Products: products, Bytes: size}, nil
}
