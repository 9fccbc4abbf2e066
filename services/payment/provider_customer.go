package main

import (
	"context"
	"sync"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/customer"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// providerCustomer is who a user is at the provider, made there at the first need: the row with the key first, then the
// call, then its answer. Two who do it at once use the same key and get the same customer.
func (s *paymentServer) providerCustomer(ctx, providing context.Context, userID string) (providerID string, err error) {
	if known := s.customers.known(userID); known != "" {
		return known, nil
	}
	defer func() {
		if providerID != "" && err == nil {
			s.customers.learn(userID, providerID)
		}
	}()
	cus, err := s.customerRow(ctx, userID)
	if err != nil || cus.ProviderID != "" {
		return cus.ProviderID, err
	}
	providerID, err = s.provider.CreateCustomer(providing, cus.Key, userID)
	if provider.KindOf(err) == provider.Broken && err != nil {
		return "", s.renewKey(ctx, cus, err)
	}
	if err != nil {
		return "", err
	}
	return s.keepCustomer(ctx, userID, providerID)
}

// customers remembers who users are at the provider, which never changes.
type customers struct {
	mu  sync.Mutex
	ids map[string]string
}

const mostCustomers = 100_000

// known is who a user is at the provider; empty when this process does not know.
func (c *customers) known(userID string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[userID]
}

func (c *customers) learn(userID, providerID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ids) >= mostCustomers || c.ids == nil {
		c.ids = map[string]string{}
	}
	c.ids[userID] = providerID
}

// customerRow is the user's row, new or with a new key where that is due.
func (s *paymentServer) customerRow(ctx context.Context, userID string) (customer.Customer, error) {
	if cus, ok, err := customer.Get(ctx, s.db.Single(), userID); err != nil || ok && cus.ProviderID != "" {
		return cus, err
	}
	return s.changeCustomer(ctx, userID, func(cus *customer.Customer) {})
}

// renewKey gives the next try a new key, since the provider would answer the old one with the same failure. What it may
// have made nevertheless is a customer without cards, whom nobody knows.
func (s *paymentServer) renewKey(ctx context.Context, used customer.Customer, failure error) error {
	_, err := s.changeCustomer(ctx, used.UserID, func(cus *customer.Customer) {
		if cus.Key == used.Key {
			cus.Key = ""
		}
	})
	if err != nil {
		return err
	}
	return failure
}

func (s *paymentServer) keepCustomer(ctx context.Context, userID, providerID string) (string, error) {
	cus, err := s.changeCustomer(ctx, userID, func(cus *customer.Customer) {
		if cus.ProviderID == "" {
			cus.ProviderID = providerID
		}
	})
	return cus.ProviderID, err
}

func (s *paymentServer) changeCustomer(ctx context.Context, userID string, fn func(*customer.Customer)) (customer.Customer, error) {
	var cus customer.Customer
	_, err := s.db.Update(ctx, "change_customer", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		var ok bool
		if cus, ok, err = customer.Get(ctx, tx, userID); err != nil {
			return err
		}
		if !ok {
			cus = customer.NewCustomer(userID, now)
		}
		fn(&cus)
		if cus.ProviderID == "" && customer.Stale(cus.Key, cus.KeyAt, now) {
			cus.Key, cus.KeyAt = id.New("key"), now
		}
		m, err := cus.Put()
		if err != nil {
			return err
		}
		return tx.BufferWrite([]*spanner.Mutation{m})
	})
	return cus, err
}
