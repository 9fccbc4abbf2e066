package main

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/outbox"
)

// believable is how old a view may be that an app tells of: it may have been offline.
const believable = 7 * 24 * time.Hour

// RecordViews publishes what apps have shown. It reads nothing: whether such a page exists is for whoever counts to say, and
// a store that is slow must not make views so.
func (s *catalogServer) RecordViews(ctx context.Context, req *catalogv1.RecordViewsRequest) (*catalogv1.RecordViewsResponse, error) {
	var facts []outbox.Entry
	for _, v := range req.GetViews() {
		facts = append(facts, viewed(caller.From(ctx), v, s.now()))
	}
	s.visits.Tell(ctx, "visit.viewed", facts...)
	return &catalogv1.RecordViewsResponse{}, nil
}

// viewed is the fact of a view: the same one each time that it is told.
func viewed(who caller.Caller, v *catalogv1.View, now time.Time) outbox.Entry {
	at := v.GetViewTime().AsTime()
	if v.GetViewTime() == nil || at.After(now) || at.Before(now.Add(-believable)) {
		at = now
	}
	visitID := id.Derive("vis", who.Actor(), v.GetViewId())
	return outbox.Event("visit", "visit.viewed", "visit/"+visitID, 1, at, &typev1.VisitEvent{
		VisitId: visitID, CustomerId: who.UserID, ProductId: v.GetProductId(), CampaignId: v.GetCampaignId(), OccurTime: timestamppb.New(at),
	})
}
