package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
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
	entry := audited(ctx, req.GetReason(), audit.Entry{Subject: "merchant/" + m.ID, Version: m.Version, Content: m, At: now})
	if err := firedb.Change(ctx, s.db, m.Put(s.db), entry.Write(s.db)); err != nil {
		return nil, err
	}
	return &catalogv1.PutMerchantResponse{Merchant: fromMerchant(m)}, nil
}
