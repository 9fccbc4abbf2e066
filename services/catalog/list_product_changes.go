package main

import (
	"context"
	"time"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// place is where a reader of the feed is: first among all live products, then among the changes since it began.
type place struct {
	Listing bool          // still among all products,
	After   string        // after this one
	Since   time.Time     // the changes from here on are still to be heard of
	Cursor  change.Cursor // how far this look at them has come
}

// ListProductChanges tells which products changed, after naming all of them to one who begins or has been away too long.
func (s *catalogServer) ListProductChanges(ctx context.Context, req *catalogv1.ListProductChangesRequest) (*catalogv1.ListProductChangesResponse, error) {
	scope, real := caller.From(ctx).Method, s.realNow()
	at, err := page.OpenJSON[place](s.pages, req.GetPageToken(), scope)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListProductChangesResponse{}
	if res.Restarted = change.Lost(at.Since, real); res.Restarted {
		at = place{Listing: true, Since: real.Add(-change.Skew)}
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = 500
	}
	if at.Listing {
		err = s.listAll(ctx, &at, size, res)
	} else {
		err = s.listChanges(ctx, &at, size, real, res)
	}
	if err != nil {
		return nil, err
	}
	res.NextPageToken = page.SealJSON(s.pages, at, scope)
	return res, nil
}

func (s *catalogServer) listAll(ctx context.Context, at *place, size int, res *catalogv1.ListProductChangesResponse) error {
	named, err := product.LiveNamesAfter(ctx, s.db, at.After, size)
	for _, n := range named {
		res.Changes = append(res.Changes, &catalogv1.ProductChange{ProductId: n.ID, Version: n.Version})
		at.After = n.ID
	}
	at.Listing = len(named) == size
	return err
}

func (s *catalogServer) listChanges(ctx context.Context, at *place, size int, real time.Time, res *catalogv1.ListProductChangesResponse) error {
	if at.Cursor.Doc == "" {
		at.Cursor.ChangedAt = at.Since
	}
	found, end, err := change.After(ctx, s.db, at.Cursor, size)
	if err != nil {
		return err
	}
	for _, ch := range found {
		res.Changes = append(res.Changes, &catalogv1.ProductChange{ProductId: ch.ProductID, Version: ch.Version})
	}
	at.Cursor = end
	if res.CaughtUp = len(found) < size; res.CaughtUp {
		at.Since, at.Cursor = change.Since(end.ChangedAt, real), change.Cursor{}
	}
	return nil
}
