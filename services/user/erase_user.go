package main

import (
	"context"

	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
	"github.com/issho-shop/issho/services/user/internal/consent"
	"github.com/issho-shop/issho/services/user/internal/job"
	"github.com/issho-shop/issho/services/user/internal/profile"
)

// EraseUser deletes what the customer told us. Consents are kept, as the proof that we were allowed to; they hold no
// personal data.
func (s *userServer) EraseUser(ctx context.Context, req *userv1.EraseUserRequest) (*userv1.EraseUserResponse, error) {
	customer := req.GetCustomerId()
	res := &userv1.EraseUserResponse{}
	hadProfile, err := profile.Erase(ctx, s.db, customer)
	if err != nil {
		return nil, err
	}
	addresses, err := address.Erase(ctx, s.db, customer)
	if err != nil {
		return nil, err
	}
	if hadProfile {
		res.Erased++
	}
	exports, err := job.Erase(ctx, s.db, customer)
	if err != nil {
		return nil, err
	}
	requests, err := firedb.ForgetRequests(ctx, s.db, "user/"+customer)
	if err != nil {
		return nil, err
	}
	res.Erased += int64(addresses + exports + requests)
	res.Kept, err = consent.Count(ctx, s.db, customer)
	return res, err
}
