package main

import (
	"context"

	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
)

// defaultSuggestions is how many are answered when the caller does not say.
const defaultSuggestions = 10

// Suggest completes what has been typed so far.
func (s *searchServer) Suggest(ctx context.Context, req *searchv1.SuggestRequest) (*searchv1.SuggestResponse, error) {
	limit := int(req.GetLimit())
	if limit == 0 {
		limit = defaultSuggestions
	}
	found, err := s.index.Suggest(ctx, req.GetPrefix(), limit)
	if err != nil {
		return nil, err
	}
	cacheable(ctx, "public, max-age=60")
	return &searchv1.SuggestResponse{Suggestions: found}, nil
}
