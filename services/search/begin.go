package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/issho-shop/issho/services/search/internal/index"
	"github.com/issho-shop/issho/services/search/internal/snapshot"
)

// begin answers the index to go on from: the newest snapshot's, or an empty one where there is none that can be used. The
// first customer of an instance does not wait for the dictionary.
func (s *searchServer) begin(ctx context.Context) (*index.Index, error) {
	index.Warm()
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	x, err := s.fetched(ctx, filepath.Join(dir, "index"))
	if err == nil {
		return x, nil
	}
	if !errors.Is(err, snapshot.ErrNone) {
		slog.WarnContext(ctx, "the snapshot cannot be used; reading the catalog from its beginning", "error", err)
	}
	fresh := filepath.Join(dir, "fresh")
	if x, err = index.Create(fresh); err != nil {
		return nil, fmt.Errorf("%s: %w", fresh, err)
	}
	return x, nil
}

func (s *searchServer) fetched(ctx context.Context, dir string) (*index.Index, error) {
	if err := s.snapshots.Fetch(ctx, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	x, err := index.Open(dir, s.clock.Now())
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	place, err := x.Place()
	if err == nil && !place.Whole {
		err = errors.New("it was taken while the catalog was being read anew")
	}
	if err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// scratch makes a directory that nobody else uses. An image from scratch has no folder for such things.
func scratch() (string, error) {
	if err := os.MkdirAll(os.TempDir(), 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp("", "search-")
}
