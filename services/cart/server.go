package main

import (
	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/server"
)

type cartServer struct {
	carts    *firestore.Client
	catalog  catalogv1connect.CatalogInternalServiceClient
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
	on.RPC(cartv1connect.NewCartInternalServiceHandler(s, on.Options()...)) // order, ops

	orders := in.Topic("order")
	inbox.On(orders, "order.authorised", s.onOrderAuthorised)
	on.Handle("POST /events/order", orders) // Pub/Sub

	on.Ready("firestore", firedb.Ping(s.carts))
}
