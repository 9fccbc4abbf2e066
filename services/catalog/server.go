package main

import (
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/server"
)

// catalogServer has a method for each RPC, each in a file of its own.
type catalogServer struct {
	db    *firestore.Client
	clock *clock.Clock
	pages *page.Sealer
	shown *pageCache
	held  *heldAnswers // of shown
	lists *listCache

	gallery *gallery // of the products' pictures

	visits *outbox.Visits // topic visit, all that leaves by itself: see record_views.go
}

var (
	_ catalogv1connect.CatalogServiceHandler         = (*catalogServer)(nil)
	_ catalogv1connect.CatalogAdminServiceHandler    = (*catalogServer)(nil)
	_ catalogv1connect.CatalogInternalServiceHandler = (*catalogServer)(nil)
)

// now is the time in the precision of the store, microseconds, so that what is answered equals what is read later.
func (s *catalogServer) now() time.Time { return s.clock.Now().Truncate(time.Microsecond) }

// realNow is the time by which the database stamps, which knows nothing of the development offset.
func (s *catalogServer) realNow() time.Time { return s.now().Add(-s.clock.Offset()) }

// routes tells who calls what.
func (s *catalogServer) routes(on *server.Server, in *inbox.Inbox) {
	path, browsing := catalogv1connect.NewCatalogServiceHandler(s, on.Options()...)
	on.RPC(path, s.held.before(browsing, on.Verifier().Gate, on.Counted))         // anyone, through the gateway
	on.RPC(catalogv1connect.NewCatalogAdminServiceHandler(s, on.Options()...))    // merchants, operators
	on.RPC(catalogv1connect.NewCatalogInternalServiceHandler(s, on.Options()...)) // services, scheduler

	stock := in.Topic("stock")
	inbox.On(stock, "stock.level_changed", s.onStockLevelChanged)
	on.Handle("POST /events/stock", stock) // Pub/Sub

	groups := in.Topic("group")
	for _, happened := range []string{"opened", "joined", "left", "formed", "settled", "expired", "cancelled"} {
		inbox.On(groups, "group."+happened, s.onGroupChanged)
	}
	on.Handle("POST /events/group", groups) // Pub/Sub

	on.Ready("firestore", firedb.Ping(s.db))
}

// defaultPage is how many things a list answers when the caller does not say.
const defaultPage = 20

// pageSize reads the size that a caller wants.
func pageSize(n int32) int {
	if n == 0 {
		return defaultPage
	}
	return int(n)
}
