package main

import (
	"context"
	"encoding/json"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/customer"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// exportPage is how many records one page of an export holds.
const exportPage = 100

// ExportUser answers the customer's saved methods, as the provider shows them, on the first page, and payments. A page token
// names the payment it ends with; only services see it.
func (s *paymentServer) ExportUser(ctx context.Context, req *paymentv1.ExportUserRequest) (*paymentv1.ExportUserResponse, error) {
	res := &paymentv1.ExportUserResponse{}
	if req.GetPageToken() == "" {
		methods, err := s.methodRecords(ctx, req.GetCustomerId())
		if err != nil {
			return nil, err
		}
		res.Records = methods
	}
	payments, err := s.paymentsOf(ctx, req.GetCustomerId(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if len(payments) == exportPage {
		res.NextPageToken = payments[len(payments)-1].ID
	}
	for _, p := range payments {
		data, err := json.Marshal(map[string]any{
			"order_id": p.OrderID, "state": p.State, "currency": p.Currency, "amount": p.Amount, "authorised": p.Authorised,
			"captured": p.Captured, "refunded": p.Refunded, "created": p.CreatedAt.UTC().Format(time.RFC3339Nano),
		})
		if err != nil {
			return nil, err
		}
		res.Records = append(res.Records, &typev1.UserRecord{Kind: "payment", Id: p.ID, Json: string(data)})
	}
	return res, nil
}

// paymentsOf answers a page of a customer's payments, those after an id.
func (s *paymentServer) paymentsOf(ctx context.Context, customerID, after string) (page []payment.Payment, err error) {
	err = s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		page, err = payment.OfCustomer(ctx, r, customerID, after, exportPage)
		return err
	})
	return page, err
}

func (s *paymentServer) methodRecords(ctx context.Context, userID string) ([]*typev1.UserRecord, error) {
	cus, ok, err := customer.Get(ctx, s.db.Single(), userID)
	if err != nil || !ok || cus.ProviderID == "" {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	methods, err := s.provider.Methods(ctx, cus.ProviderID, maxMethods)
	if err != nil {
		return nil, providerFault(err)
	}
	var records []*typev1.UserRecord
	for _, m := range methods {
		data, err := protojson.Marshal(wireMethod(m))
		if err != nil {
			return nil, err
		}
		records = append(records, &typev1.UserRecord{Kind: "saved payment method", Id: m.ID, Json: string(data)})
	}
	return records, nil
}
