package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// ListOrders pages the caller's orders. The token holds the place after the last order shown, so that new orders do not
// move the pages.
func (s *server) ListOrders(ctx context.Context, req *orderv1.ListOrdersRequest) (*orderv1.ListOrdersResponse, error) {
	who := caller.From(ctx)
	from, err := page.OpenJSON[order.Cursor](s.pages, req.GetPageToken(), who.UserID, "ListOrders")
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	var orders []*order.Order
	err = s.db.RecentSnapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		orders, err = order.List(ctx, r, who.UserID, from, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	res := &orderv1.ListOrdersResponse{}
	orders, res.NextPageToken = page.Cut(s.pages, orders, size, (*order.Order).Cursor, who.UserID, "ListOrders")
	for _, o := range orders {
		res.Orders = append(res.Orders, orderMessage(o))
	}
	return res, nil
}

func pageSize(asked int32) int {
	if asked == 0 {
		return 20
	}
	return int(asked)
}
