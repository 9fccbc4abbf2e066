package main

import (
	"context"
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// exportPage is how many records one page of an export holds.
const exportPage = 100

// ExportUser answers the customer's balance, on the first page, and journals.
func (s *rewardServer) ExportUser(ctx context.Context, req *rewardv1.ExportUserRequest) (*rewardv1.ExportUserResponse, error) {
	customer := req.GetCustomerId()
	cursor, err := s.pages.Open(req.GetPageToken(), customer, "ExportUser")
	if err != nil {
		return nil, err
	}
	at, err := place(cursor)
	if err != nil {
		return nil, err
	}
	res := &rewardv1.ExportUserResponse{}
	if cursor == "" {
		b, err := points.BalanceOf(ctx, s.db.Single(), customer)
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(map[string]int64{"available": b.Available, "pending": b.Pending, "held": b.Held})
		if err != nil {
			return nil, err
		}
		res.Records = append(res.Records, &typev1.UserRecord{Kind: "points balance", Json: string(data)})
	}
	js, err := points.List(ctx, s.db.Single(), customer, at, exportPage)
	if err != nil {
		return nil, err
	}
	for _, j := range js {
		data, err := protojson.Marshal(wireEntry(j))
		if err != nil {
			return nil, err
		}
		res.Records = append(res.Records, &typev1.UserRecord{Kind: "points entry", Id: j.ID, Json: string(data)})
	}
	if len(js) == exportPage {
		res.NextPageToken = s.pages.Seal(cursorAt(js[len(js)-1]), customer, "ExportUser")
	}
	return res, nil
}
