package main

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// TestEraseUser keeps the orders and takes off them what tells whose they were, once all are over.
func TestEraseUser(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	orderID := s.buy("hanako", start(c)).GetOrder().GetOrderId()
	others := s.buy("taro", start(c)).GetOrder().GetOrderId()

	exported, err := s.by("user").ExportUser(t.Context(), &orderv1.ExportUserRequest{CustomerId: "hanako"})
	if err != nil || len(exported.GetRecords()) != 1 || !strings.Contains(exported.GetRecords()[0].GetJson(), orderID) || exported.GetNextPageToken() != "" {
		t.Errorf("exported %v, %v", exported, err)
	}
	erase := &orderv1.EraseUserRequest{CustomerId: "hanako"}
	_, err = s.by("user").EraseUser(t.Context(), erase)
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	if _, err := s.cancel("hanako", orderID); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1, 0} {
		res, err := s.by("user").EraseUser(t.Context(), erase)
		if err != nil || res.GetErased() != want || res.GetKept() != 1 {
			t.Errorf("time %d: erased %v, %v; want %d, and 1 kept", i+1, res, err, want)
		}
	}
	for id, named := range map[string]bool{orderID: false, others: true} {
		o, ok, err := order.Read(t.Context(), s.db.Single(), id)
		if err != nil || !ok || o.Named() != named {
			t.Errorf("%s names its customer: %v (%v), want %v", id, o.Named(), err, named)
		}
	}
	it := s.db.Single().Read(t.Context(), "Requests", spanner.Key{"hanako"}.AsPrefix(), []string{"RequestId"})
	if err := it.Do(func(*spanner.Row) error { t.Error("a request is remembered"); return nil }); err != nil {
		t.Error(err)
	}
	_, err = s.by("cart").EraseUser(t.Context(), erase)
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
	s.verify()
}

func TestGetAvailability(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.buy("hanako", start(c))
	deadline := time.Now().Add(10 * time.Second)
	for units := int64(-1); units != 9; { // counts are a second old
		res, err := s.by("cart").GetAvailability(t.Context(), &orderv1.GetAvailabilityRequest{Skus: []string{c.Skus[0]}})
		if time.Now().After(deadline) {
			t.Fatalf("available: %v, %v; want 9", res, err)
		}
		if err == nil { // a second ago this database may have had no tables
			units = res.GetAvailabilities()[0].GetUnits()
		}
	}
}
