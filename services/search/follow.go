package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/search/internal/index"
)

const (
	// pause is how long the reader waits once it knows all there is, or after a failure.
	pause = 700 * time.Millisecond
	// treeEvery is how often the categories' names are asked for.
	treeEvery = 30 * time.Second
	// readBatch is of how many products catalog tells at once.
	readBatch = 500
	// viewBatch is how many it shows at once: the largest of them, 256 KB as requests may be, stay below what a client takes,
	// 4 MB. atOnce such requests are under way, so that a catalog is read within the time that Cloud Run gives a new instance.
	viewBatch, atOnce = 12, 16
)

// reader is how far an instance has followed the feed.
type reader struct {
	caughtUp atomic.Bool  // has known all there was, once
	through  atomic.Int64 // microseconds; everything that catalog had then is in the index
	// seen are the products that the feed has named since it began anew, nil while it goes on. Those that it has not named
	// by the end are gone.
	seen     map[string]bool
	treeRead time.Time
}

var errNotCaughtUp = errors.New("the index has not caught up with catalog")

// caughtUp holds an instance back until it has known all that catalog had. Afterwards what it has, however old, is better
// than nothing.
func (s *searchServer) caughtUp(context.Context) error {
	if !s.reader.caughtUp.Load() {
		return errNotCaughtUp
	}
	return nil
}

// follow keeps the index up with catalog until ctx ends.
func (s *searchServer) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := s.step(ctx)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "catalog could not be followed", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// step takes in one answer of the feed, and what the clock has changed, and tells whether there is more at once.
func (s *searchServer) step(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := s.index.Turn(s.clock.Now()); err != nil { // first: the clock goes on where catalog is away
		return false, err
	}
	if err := s.readTree(ctx); err != nil {
		return false, err
	}
	place, err := s.index.Place()
	if err != nil {
		return false, err
	}
	began := time.Now()
	res, err := s.catalog.ListProductChanges(ctx, &catalogv1.ListProductChangesRequest{PageToken: place.Token, PageSize: readBatch})
	if fault.ReasonOf(err) == fault.PageTokenInvalid { // sealed by a key that catalog has no more: it never opens again
		res, err = s.catalog.ListProductChanges(ctx, &catalogv1.ListProductChangesRequest{PageSize: readBatch})
	}
	if err != nil {
		return false, err
	}
	if res.GetRestarted() {
		s.reader.seen = map[string]bool{}
	}
	if err := s.takeIn(ctx, res); err != nil {
		return false, err
	}
	if res.GetCaughtUp() {
		s.reader.seen = nil
		s.reader.through.Store(began.UnixMicro())
		s.reader.caughtUp.Store(true)
	}
	return !res.GetCaughtUp(), nil
}

// takeIn reads the products that an answer names and is newer about, and puts them, and the place after it, into the index.
func (s *searchServer) takeIn(ctx context.Context, res *catalogv1.ListProductChangesResponse) error {
	stale, err := s.stale(res.GetChanges())
	if err != nil {
		return err
	}
	docs, gone, err := s.read(ctx, stale)
	if err != nil {
		return err
	}
	if s.reader.seen != nil {
		for _, ch := range res.GetChanges() {
			s.reader.seen[ch.GetProductId()] = true
		}
		if res.GetCaughtUp() {
			left, err := s.unnamed()
			if err != nil {
				return err
			}
			gone = append(gone, left...)
		}
	}
	place := index.Place{Token: res.GetNextPageToken(), Whole: s.reader.seen == nil || res.GetCaughtUp()}
	return s.index.Apply(docs, gone, place, s.clock.Now())
}

// stale are the products, each once, of which the index knows less than the feed.
func (s *searchServer) stale(changes []*catalogv1.ProductChange) ([]string, error) {
	newest := map[string]int64{}
	for _, ch := range changes {
		newest[ch.GetProductId()] = max(newest[ch.GetProductId()], ch.GetVersion())
	}
	var out []string
	for id, version := range newest {
		held, err := s.index.Read(id)
		if err != nil {
			return nil, err
		}
		if held <= version { // read in the very moment of the change may be read before it
			out = append(out, id)
		}
	}
	return out, nil
}

// read asks catalog what there is to show of products: documents of the live ones, the ids of the others.
func (s *searchServer) read(ctx context.Context, ids []string) (docs []index.Document, gone []string, err error) {
	chunks := slices.Collect(slices.Chunk(ids, viewBatch))
	answers := make([]*catalogv1.GetProductViewsResponse, len(chunks))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, some := range chunks {
		g.Go(func() (err error) {
			answers[i], err = s.catalog.GetProductViews(ctx, &catalogv1.GetProductViewsRequest{ProductIds: some})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	live := map[string]bool{}
	for _, res := range answers {
		for _, v := range res.GetViews() {
			live[v.GetProduct().GetProductId()] = true
			docs = append(docs, documentOf(v))
		}
	}
	gone = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return live[id] })
	return docs, gone, nil
}

// unnamed are the products in the index that the feed, from its beginning to its end, has not named.
func (s *searchServer) unnamed() ([]string, error) {
	ids, err := s.index.IDs()
	var out []string
	for id := range ids {
		if !s.reader.seen[id] {
			out = append(out, id)
		}
	}
	return out, err
}
