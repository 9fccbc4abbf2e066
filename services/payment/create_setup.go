package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/customer"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// CreateSetup begins to save a method of the caller's. A repeat with the same request_id answers the same setup, read from
// the provider: its client secret is not stored. PROVIDER_UNAVAILABLE when the provider does not answer: repeat it.
func (s *paymentServer) CreateSetup(ctx context.Context, req *paymentv1.CreateSetupRequest) (*paymentv1.CreateSetupResponse, error) {
	userID := caller.From(ctx).UserID
	ctx, cancel := context.WithTimeout(ctx, patience+time.Second)
	defer cancel()
	setup, err := s.setup(ctx, userID, req.GetRequestId())
	if err != nil {
		return nil, providerFault(err)
	}
	return &paymentv1.CreateSetupResponse{ClientSecret: setup.ClientSecret}, nil
}

// setup is the provider's object of a request: the row with the key first, then the call, then its answer.
func (s *paymentServer) setup(ctx context.Context, userID, requestID string) (provider.Setup, error) {
	row, err := s.changeSetup(ctx, userID, requestID, func(*customer.Setup) {})
	if err != nil {
		return provider.Setup{}, err
	}
	if row.SetupIntentID != "" {
		return s.provider.Setup(ctx, row.SetupIntentID)
	}
	customerID, err := s.providerCustomer(ctx, ctx, userID)
	if err != nil {
		return provider.Setup{}, err
	}
	made, failure := s.provider.CreateSetup(ctx, row.Key, customerID)
	if failure != nil && provider.KindOf(failure) != provider.Broken {
		return provider.Setup{}, failure
	}
	_, err = s.changeSetup(ctx, userID, requestID, func(row *customer.Setup) {
		if failure != nil {
			row.Key = "" // it would be answered by the same failure; a setup that nobody knows saves nothing
			return
		}
		row.SetupIntentID = made.ID
	})
	if err != nil {
		return provider.Setup{}, err
	}
	return made, failure
}

func (s *paymentServer) changeSetup(ctx context.Context, userID, requestID string, fn func(*customer.Setup)) (customer.Setup, error) {
	var row customer.Setup
	_, err := s.db.Update(ctx, "create_setup", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		var ok bool
		if row, ok, err = customer.GetSetup(ctx, tx, userID, requestID); err != nil {
			return err
		}
		if !ok {
			row = customer.NewSetup(userID, requestID, now)
		}
		before := row
		fn(&row)
		if row.SetupIntentID == "" && customer.Stale(row.Key, row.KeyAt, now) {
			row.Key, row.KeyAt = id.New("key"), now
		}
		if row == before {
			return nil
		}
		m, err := row.Put()
		if err != nil {
			return err
		}
		return tx.BufferWrite([]*spanner.Mutation{m})
	})
	return row, err
}

// providerFault is the refusal of a call that needs the provider there and then.
func providerFault(err error) error {
	if notProvider(err) != nil {
		return err
	}
	return fault.New(fault.ProviderUnavailable).Because(err)
}
