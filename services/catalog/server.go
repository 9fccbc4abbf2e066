package main

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
)

// catalogServer has a method for each RPC, each in a file of its own.
type catalogServer struct {
	db    *firestore.Client
	clock *clock.Clock
	pages *page.Sealer
}

var (
	_ catalogv1connect.CatalogServiceHandler         = (*catalogServer)(nil)
	_ catalogv1connect.CatalogAdminServiceHandler    = (*catalogServer)(nil)
	_ catalogv1connect.CatalogInternalServiceHandler = (*catalogServer)(nil)
)

// now is the time in the precision of the store, microseconds, so that what is answered equals what is read later.
func (s *catalogServer) now() time.Time { return s.clock.Now().Truncate(time.Microsecond) }

// defaultPage is how many things a list answers when the caller does not say.
const defaultPage = 20

// pageSize reads the size that a caller wants.
func pageSize(n int32) int {
	if n == 0 {
		return defaultPage
	}
	return int(n)
}

// audited is the audit entry of the change that the caller makes for a reason, at a time.
func audited(ctx context.Context, reason string, at time.Time) audit.Entry {
	who := caller.From(ctx)
	e := audit.Entry{Actor: who.Actor(), Method: who.Method, RequestID: who.RequestID, Reason: reason, At: at}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		e.Trace = span.TraceID().String()
	}
	return e
}
