package main

import (
	"context"

	"github.com/issho-shop/issho/internal/caller"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

const defaultPageSize = 20

// ListEntries pages the caller's journals. A page token goes on where the page ended, whatever was added on top since.
func (s *rewardServer) ListEntries(ctx context.Context, req *rewardv1.ListEntriesRequest) (*rewardv1.ListEntriesResponse, error) {
	who := caller.From(ctx)
	cursor, err := s.pages.Open(req.GetPageToken(), who.UserID, who.Method)
	if err != nil {
		return nil, err
	}
	at, err := place(cursor)
	if err != nil {
		return nil, err
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = defaultPageSize
	}
	js, err := points.List(ctx, s.db.Single(), who.UserID, at, int64(size)+1)
	if err != nil {
		return nil, err
	}
	res := &rewardv1.ListEntriesResponse{}
	if len(js) > size {
		js = js[:size]
		res.NextPageToken = s.pages.Seal(cursorAt(js[size-1]), who.UserID, who.Method)
	}
	for _, j := range js {
		res.Entries = append(res.Entries, wireEntry(j))
	}
	return res, nil
}
