package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/profile"
)

// GetProfile answers the caller's profile.
func (s *userServer) GetProfile(ctx context.Context, _ *userv1.GetProfileRequest) (*userv1.GetProfileResponse, error) {
	p, err := profile.Of(ctx, s.db, caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	return &userv1.GetProfileResponse{Profile: fromProfile(p)}, nil
}
