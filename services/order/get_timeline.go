package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/services/order/internal/audit"
)

// timelinePage is how many steps a page has when nobody asks for a number.
const timelinePage = 100

// GetTimeline pages the audit trail of an order or a group, oldest first. The token holds the version after which to go on.
func (s *server) GetTimeline(ctx context.Context, req *orderv1.GetTimelineRequest) (*orderv1.GetTimelineResponse, error) {
	entity := "order/" + req.GetOrderId()
	if req.GetGroupId() != "" {
		entity = "group/" + req.GetGroupId()
	}
	scope := []string{caller.From(ctx).UserID, "GetTimeline", entity}
	after, err := page.OpenJSON[int64](s.pages, req.GetPageToken(), scope...)
	if err != nil {
		return nil, err
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = timelinePage
	}
	rows, err := audit.After(ctx, s.db.Single(), entity, after, size+1)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 && after == 0 {
		return nil, fault.New(fault.NotFound)
	}
	res := &orderv1.GetTimelineResponse{}
	rows, res.NextPageToken = page.Cut(s.pages, rows, size, func(r audit.Row) int64 { return r.Version }, scope...)
	for _, row := range rows {
		res.Steps = append(res.Steps, stepMessage(row))
	}
	return res, nil
}

func stepMessage(row audit.Row) *orderv1.Step {
	return &orderv1.Step{
		Version: row.Version, FromState: row.FromState, ToState: row.ToState, What: row.Reason, Reason: row.Note,
		Actor: row.Actor, Method: row.Method, RequestId: row.RequestID, Trace: row.Trace, OccurTime: timestamppb.New(row.At),
	}
}
