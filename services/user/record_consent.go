package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/consent"
)

// RecordConsent adds a record. Its id is derived from the request's, so that a repeat meets what it made before.
func (s *userServer) RecordConsent(ctx context.Context, req *userv1.RecordConsentRequest) (*userv1.RecordConsentResponse, error) {
	who, now := caller.From(ctx), s.now()
	request, err := firedb.NewRequest(who, req, now)
	if err != nil {
		return nil, err
	}
	id := request.ID("cns")
	if _, err := request.Seen(ctx, s.db); err != nil {
		return nil, err
	}
	made, ok, err := consent.Get(ctx, s.db, who.UserID, id)
	if err != nil {
		return nil, err
	}
	if ok {
		return &userv1.RecordConsentResponse{Consent: fromConsent(made)}, nil
	}
	r := consent.Record{
		ID: id, CustomerID: who.UserID, Purpose: purposeOf(req.GetPurpose()),
		DocumentVersion: req.GetDocumentVersion(), Given: req.GetGiven(), At: now,
	}
	err = firedb.Commit(ctx, s.db, r.Write(s.db), request.Write(s.db))
	if firedb.Exists(err) {
		return nil, fault.New(fault.RequestInFlight).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &userv1.RecordConsentResponse{Consent: fromConsent(r)}, nil
}
