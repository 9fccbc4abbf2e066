package main

import (
	"context"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

// Everything that leaves the cart service: topic visit, best effort (package outbox tells why), and its dead letters.

// tellAdded tells that a change has put more of a SKU into a cart. Taking out is no visit.
func (s *cartServer) tellAdded(ctx context.Context, c cart.Cart, sku string, more int64) {
	if more <= 0 {
		return
	}
	now := s.clock.Now()
	visitID := id.Derive("vis", c.Owner, sku, strconv.FormatInt(c.Version, 10))
	s.visits.Tell(ctx, "visit.added_to_cart", outbox.Event("visit", "visit.added_to_cart", "visit/"+visitID, 1, now, &typev1.VisitEvent{
		VisitId: visitID, CustomerId: c.Owner, Sku: sku, Quantity: int32(more), OccurTime: timestamppb.New(now),
	}))
}
