package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/consent"
)

// ListConsents answers the caller's records, newest first.
func (s *userServer) ListConsents(ctx context.Context, _ *userv1.ListConsentsRequest) (*userv1.ListConsentsResponse, error) {
	records, err := consent.Of(ctx, s.db, caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	res := &userv1.ListConsentsResponse{}
	for _, r := range records {
		res.Consents = append(res.Consents, fromConsent(r))
	}
	return res, nil
}
