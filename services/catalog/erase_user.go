package main

import (
	"context"

	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
)

// EraseUser forgets request ids. The audit is kept: products outlive who wrote them.
func (s *catalogServer) EraseUser(ctx context.Context, req *catalogv1.EraseUserRequest) (*catalogv1.EraseUserResponse, error) {
	actor := "user/" + req.GetCustomerId()
	forgotten, err := firedb.ForgetRequests(ctx, s.db, actor)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.EraseUserResponse{Erased: int64(forgotten)}
	for last, more := "", true; more; {
		var kept []audit.Entry
		if kept, last, err = audit.OfActor(ctx, s.db, actor, last, exportPage); err != nil {
			return nil, err
		}
		res.Kept += int64(len(kept))
		more = len(kept) == exportPage
	}
	return res, nil
}
