package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/id"
)

// glance is a row of AdminAudit: one call of an operator.
type glance struct {
	ID      string    `spanner:"AuditId"`
	Actor   string    `spanner:"Actor"`
	Method  string    `spanner:"Method"`
	Subject string    `spanner:"Subject"`
	Detail  string    `spanner:"Detail"`
	Reason  string    `spanner:"Reason"`
	TraceID string    `spanner:"TraceId"`
	MadeAt  time.Time `spanner:"MadeAt"`
}

// audited is the row of this call. What is written with it, is written in its transaction.
func audited(ctx context.Context, subject, detail, reason string, at time.Time) (*spanner.Mutation, error) {
	return spanner.InsertStruct("AdminAudit", glance{
		ID: id.New("aud"), Actor: caller.From(ctx).Actor(), Method: caller.From(ctx).Method,
		Subject: subject, Detail: detail, Reason: reason, TraceID: cause(ctx).TraceID, MadeAt: at,
	})
}

// auditRead writes down that an operator looks at money, before they see it.
func (s *paymentServer) auditRead(ctx context.Context, subject, reason string) error {
	m, err := audited(ctx, subject, "", reason, s.clock.Now())
	if err != nil {
		return err
	}
	return s.db.Apply(ctx, "audit_read", []*spanner.Mutation{m})
}
