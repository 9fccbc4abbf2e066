package main

import (
	"context"
	"encoding/json"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// ListOrders pages the caller's orders. The token holds the place after the last order shown, so that new orders do not
// move the pages.
func (s *server) ListOrders(ctx context.Context, req *orderv1.ListOrdersRequest) (*orderv1.ListOrdersResponse, error) {
	who := caller.From(ctx)
	var from order.Cursor
	if err := s.openPage(req.GetPageToken(), &from, who.UserID, "ListOrders"); err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	var orders []*order.Order
	err := s.db.RecentSnapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		orders, err = order.List(ctx, r, who.UserID, from, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	res := &orderv1.ListOrdersResponse{}
	if len(orders) > size {
		orders = orders[:size]
		last := orders[size-1]
		res.NextPageToken = s.sealPage(order.Cursor{CreatedAt: last.CreatedAt, OrderID: last.OrderID}, who.UserID, "ListOrders")
	}
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

// openPage reads the cursor of a page token of this caller and query; an empty token is the start.
func (s *server) openPage(token string, cursor any, scope ...string) error {
	body, err := s.pages.Open(token, scope...)
	if err != nil || body == "" {
		return err
	}
	return json.Unmarshal([]byte(body), cursor)
}

func (s *server) sealPage(cursor any, scope ...string) string {
	body, err := json.Marshal(cursor)
	if err != nil {
		panic(err) // unreachable: a time and a string
	}
	return s.pages.Seal(string(body), scope...)
}
