package main

import (
	"context"
	"fmt"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// told is how many violations are answered in words.
const told = 20

// Verify makes every document anew from catalog and compares it with the index. While merchants write, it may find what the
// index has yet to hear of.
func (s *searchServer) Verify(ctx context.Context, _ *searchv1.VerifyRequest) (*searchv1.VerifyResponse, error) {
	f := &typev1.Finding{Invariant: "I15 views"}
	ids, err := s.index.IDs()
	if err != nil {
		return nil, err
	}
	for token, caughtUp := "", false; !caughtUp; {
		res, err := s.catalog.ListProductChanges(ctx, &catalogv1.ListProductChangesRequest{PageToken: token, PageSize: readBatch})
		if err != nil {
			return nil, err
		}
		if err := s.compare(ctx, f, res.GetChanges(), ids); err != nil {
			return nil, err
		}
		token, caughtUp = res.GetNextPageToken(), res.GetCaughtUp()
	}
	for id := range ids {
		violation(f, "%s is in the index, and not live in catalog", id)
	}
	return &searchv1.VerifyResponse{Findings: []*typev1.Finding{f}}, nil
}

// compare looks at the products that the feed names, and takes off unnamed those that it finds.
func (s *searchServer) compare(ctx context.Context, f *typev1.Finding, changes []*catalogv1.ProductChange, unnamed map[string]bool) error {
	var ids []string
	seen := map[string]bool{}
	for _, ch := range changes {
		if !seen[ch.GetProductId()] {
			seen[ch.GetProductId()] = true
			ids = append(ids, ch.GetProductId())
		}
	}
	docs, _, err := s.read(ctx, ids)
	if err != nil {
		return err
	}
	for _, want := range docs {
		f.Checked++
		delete(unnamed, want.ID)
		got, ok, err := s.index.Get(want.ID)
		if err != nil {
			return err
		}
		switch {
		case !ok:
			violation(f, "%s is live in catalog, and not in the index", want.ID)
		case !got.Equal(want, s.clock.Now()):
			violation(f, "%s has version %d in the index, %d in catalog, or another campaign, level or heat", want.ID, got.Version, want.Version)
		}
	}
	return nil
}

func violation(f *typev1.Finding, format string, args ...any) {
	f.ViolationCount++
	if len(f.Violations) < told {
		f.Violations = append(f.Violations, fmt.Sprintf(format, args...))
	}
}
