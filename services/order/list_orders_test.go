package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func TestListsPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	var want []string
	for range 5 {
		want = append([]string{s.buy("hanako", start(s.campaign(2, 2, 10))).GetOrder().GetOrderId()}, want...)
	}
	var got []string
	req := &orderv1.ListOrdersRequest{PageSize: 2}
	for {
		res, err := s.as("hanako").ListOrders(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range res.GetOrders() {
			got = append(got, o.GetOrderId())
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			break
		}
		_, err = s.as("taro").ListOrders(t.Context(), req)
		wantReason(t, err, fault.PageTokenInvalid, connect.CodeInvalidArgument)
		_, err = s.as("hanako").ListMyGroups(t.Context(), &orderv1.ListMyGroupsRequest{PageToken: req.PageToken})
		wantReason(t, err, fault.PageTokenInvalid, connect.CodeInvalidArgument)
	}
	if len(got) != len(want) {
		t.Fatalf("listed %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("place %d = %s, want %s", i, got[i], want[i])
		}
	}
	groups, err := s.as("hanako").ListMyGroups(t.Context(), &orderv1.ListMyGroupsRequest{PageSize: 3})
	if err != nil || len(groups.GetGroups()) != 3 || groups.GetNextPageToken() == "" {
		t.Errorf("groups = %v, %v", groups, err)
	}
}
