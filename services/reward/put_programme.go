package main

import (
	"context"

	"cloud.google.com/go/spanner"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/reward/internal/programme"
)

// PutProgramme sets what a campaign gives from now on; what it gave stays. Each call is a version with its audit row.
func (s *rewardServer) PutProgramme(ctx context.Context, req *rewardv1.PutProgrammeRequest) (*rewardv1.PutProgrammeResponse, error) {
	who := caller.From(ctx)
	change := programme.Change{Actor: who.Actor(), Method: who.Method, Trace: traceOf(ctx), Reason: req.GetReason()}
	var put programme.Programme
	_, err := s.db.Update(ctx, "put_programme", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		p, err := programme.Of(ctx, tx, req.GetProgramme().GetCampaignId())
		if err != nil {
			return err
		}
		if change.At, err = spandb.Now(ctx, tx, s.clock); err != nil {
			return err
		}
		if err := p.Put(programmeOf(req.GetProgramme())); err != nil {
			return err
		}
		put = p
		return tx.BufferWrite(p.Save(change))
	})
	if err != nil {
		return nil, err
	}
	return &rewardv1.PutProgrammeResponse{Programme: wireProgramme(put)}, nil
}

func traceOf(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		return span.TraceID().String()
	}
	return ""
}
