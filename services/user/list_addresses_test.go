package main

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
)

func TestListAddresses(t *testing.T) {
	d := open(t)
	first := d.add(hanako, "r1", false)
	second := d.add(hanako, "r2", true)
	first.Default = false
	res, err := d.as(hanako).ListAddresses(d.ctx, &userv1.ListAddressesRequest{})
	if diff := cmp.Diff([]*userv1.Address{second, first}, res.GetAddresses(), protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("addresses: %v (-want +got):\n%s", err, diff)
	}
	if got := d.list(guest); len(got) != 0 {
		t.Errorf("a guest sees %v", got)
	}
	_, err = userv1connect.NewUserServiceClient(http.DefaultClient, d.base).ListAddresses(d.ctx, &userv1.ListAddressesRequest{})
	refused(t, err, fault.TokenMissing)
}
