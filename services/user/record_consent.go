package main

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/caller"
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
	read := func(ctx context.Context, c *firestore.Client, id string) (consent.Record, bool, error) {
		return consent.Get(ctx, c, who.UserID, id)
	}
	r, err := firedb.Once(ctx, s.db, request, id, read, func() (consent.Record, []firedb.Write, error) {
		r := consent.Record{
			ID: id, CustomerID: who.UserID, Purpose: purposeOf(req.GetPurpose()),
			DocumentVersion: req.GetDocumentVersion(), Given: req.GetGiven(), At: now,
		}
		return r, []firedb.Write{r.Write(s.db)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &userv1.RecordConsentResponse{Consent: fromConsent(r)}, nil
}
