package main

import (
	"context"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"

	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// exportPage is how many orders one page of an export holds: with parcels and returns about a hundred records.
const exportPage = 25

// ExportUser answers the customer's orders, newest first, each followed by its parcels and returns.
func (s *server) ExportUser(ctx context.Context, req *orderv1.ExportUserRequest) (*orderv1.ExportUserResponse, error) {
	customer := req.GetCustomerId()
	from, err := page.OpenJSON[order.Cursor](s.pages, req.GetPageToken(), customer, "ExportUser")
	if err != nil {
		return nil, err
	}
	res := &orderv1.ExportUserResponse{}
	err = s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		orders, err := order.List(ctx, r, customer, from, exportPage)
		if err != nil {
			return err
		}
		for _, o := range orders {
			if err := exportOrder(ctx, r, o, res); err != nil {
				return err
			}
		}
		if len(orders) == exportPage {
			res.NextPageToken = page.SealJSON(s.pages, orders[exportPage-1].Cursor(), customer, "ExportUser")
		}
		return nil
	})
	return res, err
}

func exportOrder(ctx context.Context, r spandb.Reader, o *order.Order, res *orderv1.ExportUserResponse) error {
	v := view{order: o}
	if err := v.shipped(ctx, r); err != nil {
		return err
	}
	add := func(kind, id string, m proto.Message) error {
		data, err := protojson.Marshal(m)
		res.Records = append(res.Records, &typev1.UserRecord{Kind: kind, Id: id, Json: string(data)})
		return err
	}
	if err := add("order", o.OrderID, orderMessage(o)); err != nil {
		return err
	}
	for _, p := range v.parcels {
		if err := add("parcel", p.ShipmentID, shipmentMessage(p)); err != nil {
			return err
		}
	}
	for _, b := range v.returns {
		if err := add("return", b.ReturnID, returnMessage(b)); err != nil {
			return err
		}
	}
	return nil
}
