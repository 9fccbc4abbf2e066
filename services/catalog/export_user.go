package main

import (
	"context"
	"encoding/json"
	"time"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
)

// exportPage is how many records one page of an export holds.
const exportPage = 100

// ExportUser answers what the customer did here as a merchant or operator. A page token names the entry it ends with; only
// services see it.
func (s *catalogServer) ExportUser(ctx context.Context, req *catalogv1.ExportUserRequest) (*catalogv1.ExportUserResponse, error) {
	found, last, err := audit.OfActor(ctx, s.db, "user/"+req.GetCustomerId(), req.GetPageToken(), exportPage)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ExportUserResponse{}
	if len(found) == exportPage {
		res.NextPageToken = last
	}
	for _, e := range found {
		data, err := json.Marshal(map[string]any{
			"subject": e.Subject, "version": e.Version, "method": e.Method, "reason": e.Reason, "at": e.At.Format(time.RFC3339Nano),
		})
		if err != nil {
			return nil, err
		}
		res.Records = append(res.Records, &typev1.UserRecord{Kind: "catalog change", Id: e.Subject, Json: string(data)})
	}
	return res, nil
}
