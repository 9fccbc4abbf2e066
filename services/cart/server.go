package main

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/services/cart/internal/cart"
)

type cartServer struct {
	db       *firestore.Client
	carts    *cart.Carts
	prices   *prices
	orders   orderv1connect.OrderInternalServiceClient
	verifier *caller.Verifier // of a guest's token inside a message
	clock    *clock.Clock
	visits   *outbox.Visits
}

var (
	_ cartv1connect.CartServiceHandler         = (*cartServer)(nil)
	_ cartv1connect.CartInternalServiceHandler = (*cartServer)(nil)
)

// routes tells who calls what.
func (s *cartServer) routes(on *server.Server, in *inbox.Inbox) {
	on.RPC(cartv1connect.NewCartServiceHandler(s, on.Options()...))         // customers, through the gateway
	on.RPC(cartv1connect.NewCartInternalServiceHandler(s, on.Options()...)) // order, scheduler, user, ops

	orders := in.Topic("order")
	inbox.On(orders, "order.authorised", s.onOrderAuthorised)
	on.Handle("POST /events/order", orders) // Pub/Sub

	on.Ready("firestore", firedb.Ping(s.db))
}

// change lets fn change the caller's cart, as Carts.Change does; what changes of a guest's cart keeps it for another while.
func (s *cartServer) change(ctx context.Context, fn func(*cart.Cart) (bool, error)) (cart.Cart, error) {
	who := caller.From(ctx)
	return s.carts.Change(ctx, who.UserID, func(c *cart.Cart) (bool, error) {
		changed, err := fn(c)
		lifted := c.Keep(who.Guest, s.clock.Now()) && c.Version > 0
		return changed || lifted, err
	})
}
