package main

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// audited is the entry of a change that the caller makes for a reason: who, by which call.
func audited(ctx context.Context, reason string, e audit.Entry) audit.Entry {
	who := caller.From(ctx)
	e.Actor, e.Method, e.RequestID, e.Reason = who.Actor(), who.Method, who.RequestID, reason
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		e.Trace = span.TraceID().String()
	}
	return e
}

// changed answers the writes that remember a change and tell those who keep a copy of the product.
func (s *catalogServer) changed(ctx context.Context, reason, productID string, e audit.Entry) []firedb.Write {
	return []firedb.Write{audited(ctx, reason, e).Write(s.db), change.Of(productID, e.Subject, e.Version).Write(s.db)}
}

// ofProduct is what an entry says of a product, which was in a state before; empty for a new one.
func ofProduct(p product.Product, from string) audit.Entry {
	return audit.Entry{Subject: "product/" + p.ID, Version: p.Version, From: from, To: p.State, Content: p, At: p.UpdatedAt}
}

// ofCampaign is what an entry says of a campaign.
func ofCampaign(c campaign.Campaign, from string) audit.Entry {
	return audit.Entry{Subject: "campaign/" + c.ID, Version: c.Version, From: from, To: c.State, Content: c, At: c.UpdatedAt}
}
