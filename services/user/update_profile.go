package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/profile"
)

// UpdateProfile replaces the caller's profile. The etag keeps two devices apart, the commit's precondition two commits.
func (s *userServer) UpdateProfile(ctx context.Context, req *userv1.UpdateProfileRequest) (*userv1.UpdateProfileResponse, error) {
	old, err := profile.Of(ctx, s.db, caller.From(ctx).UserID)
	if err != nil {
		return nil, err
	}
	if req.GetProfile().GetEtag() != old.Etag() {
		return nil, fault.New(fault.Conflict)
	}
	p := profileOf(req.GetProfile())
	p.UpdatedAt = s.now()
	p.Follow(old)
	if err := firedb.Change(ctx, s.db, p.Put(s.db)); err != nil {
		return nil, err
	}
	return &userv1.UpdateProfileResponse{Profile: fromProfile(p)}, nil
}
