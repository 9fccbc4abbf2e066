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

func TestGetAddress(t *testing.T) {
	d := open(t)
	hers, his := d.add(hanako, "r1", false).GetAddressId(), d.add(taro, "r1", false).GetAddressId()
	for name, test := range map[string]struct {
		who          *http.Client
		customer, id string
		want         fault.Reason
	}{
		"order, hers":              {d.AsService("order"), hanako.ID, hers, ""},
		"order, his":               {d.AsService("order"), taro.ID, his, ""},
		"order, his as hers":       {d.AsService("order"), hanako.ID, his, fault.NotFound},
		"order, absent":            {d.AsService("order"), hanako.ID, "adr_aaaaaaaaaaaaaaaaaaaaaaaaaa", fault.NotFound},
		"order, unknown customer":  {d.AsService("order"), "nobody", hers, fault.NotFound},
		"order, no customer":       {d.AsService("order"), "", hers, fault.FieldInvalid},
		"payment may not ask":      {d.AsService("payment"), hanako.ID, hers, fault.CallerNotAllowed},
		"nor the customer herself": {d.As(hanako), hanako.ID, hers, fault.CallerNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := userv1connect.NewUserInternalServiceClient(test.who, d.base).GetAddress(d.ctx, &userv1.GetAddressRequest{CustomerId: test.customer, AddressId: test.id})
			refused(t, err, test.want)
			if diff := cmp.Diff(postal(), res.GetAddress(), protocmp.Transform()); err == nil && diff != "" {
				t.Errorf("address (-want +got):\n%s", diff)
			}
		})
	}
}
