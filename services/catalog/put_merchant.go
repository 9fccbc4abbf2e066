package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/merchant"
)

// PutMerchant presents a merchant. The etag keeps two editors apart, the commit's precondition two commits.
func (s *catalogServer) PutMerchant(ctx context.Context, req *catalogv1.PutMerchantRequest) (*catalogv1.PutMerchantResponse, error) {
	who, now := caller.From(ctx), s.now()
	m := merchantOf(req.GetMerchant())
	if !who.Operator && who.MerchantID != m.ID {
		return nil, fault.New(fault.NotFound)
	}
	old, _, err := merchant.ByID(ctx, s.db, m.ID)
	if err != nil {
		return nil, err
	}
	if req.GetMerchant().GetEtag() != old.Etag() {
		return nil, fault.New(fault.Conflict)
	}
	m.UpdatedAt = now
	m.Follow(old)
	entry := audited(ctx, req.GetReason(), now)
	entry.Subject, entry.Version, entry.Content = "merchant/"+m.ID, m.Version, m
	err = firedb.Commit(ctx, s.db, m.Put(s.db), entry.Write(s.db))
	if firedb.Exists(err) { // somebody else made this version
		return nil, fault.New(fault.Conflict).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &catalogv1.PutMerchantResponse{Merchant: fromMerchant(m)}, nil
}
