package main

import (
	"sync/atomic"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/search/v1/searchv1connect"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/services/search/internal/index"
	"github.com/issho-shop/issho/services/search/internal/snapshot"
)

// searchServer has a method for each RPC, each in a file of its own.
type searchServer struct {
	catalog   catalogv1connect.CatalogInternalServiceClient
	shelf     catalogv1connect.CatalogServiceClient
	pages     *page.Sealer
	clock     *clock.Clock
	snapshots *snapshot.Store
	index     *index.Index

	tree   atomic.Pointer[tree]
	reader reader
}

var (
	_ searchv1connect.SearchServiceHandler         = (*searchServer)(nil)
	_ searchv1connect.SearchInternalServiceHandler = (*searchServer)(nil)
)

// routes tells who calls what, and what goes on beside it.
func (s *searchServer) routes(on *server.Server) {
	on.RPC(searchv1connect.NewSearchServiceHandler(s, on.Options()...))         // anyone, through the gateway
	on.RPC(searchv1connect.NewSearchInternalServiceHandler(s, on.Options()...)) // scheduler, ops
	on.Go("follow catalog", s.follow)
	on.Ready("index", s.caughtUp)
}
