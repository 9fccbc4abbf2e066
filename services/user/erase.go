package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// erased names the services in the order in which an erasure takes them. order comes first: while it has an order under way
// nothing is erased, since a parcel needs an address and a refund a card. payment and reward wait for what is left of it.
var erased = []string{"order", "payment", "reward", "cart", "catalog", "user"}

// erase has the service whose turn it is erase the customer.
func (s *userServer) erase(ctx context.Context, j *job.Job) ([]firedb.Write, error) {
	k, ok := s.keeper(j.Next().Service)
	if !ok {
		j.Erased(0, 0, s.now())
		return nil, nil
	}
	gone, kept, err := k.erase(ctx, j.CustomerID)
	if err != nil {
		return nil, fault.FromRPC(err, k.name)
	}
	j.Erased(gone, kept, s.now())
	return nil, nil
}
