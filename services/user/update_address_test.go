package main

import (
	"slices"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestUpdateAddress(t *testing.T) {
	d := open(t)
	home, work := d.add(hanako, "r1", true), d.add(hanako, "r2", false)
	osaka := func(a *typev1.PostalAddress) {
		a.Prefecture, a.City, a.PostalCode = "大阪府", "大阪市北区", "5300001"
	}
	homeFirst, workFirst := []string{home.GetAddressId() + "*", work.GetAddressId()}, []string{work.GetAddressId() + "*", home.GetAddressId()}
	steps := []struct {
		name string
		who  testenv.User
		set  *userv1.Address
		want fault.Reason
		list []string // shown afterwards
	}{
		{"moved", hanako, &userv1.Address{AddressId: work.GetAddressId(), Address: postal(osaka), Etag: "1"}, "", homeFirst},
		{"stale", hanako, &userv1.Address{AddressId: work.GetAddressId(), Address: postal(), Etag: "1"}, fault.Conflict, homeFirst},
		{"the default now", hanako, &userv1.Address{AddressId: work.GetAddressId(), Address: postal(osaka), Default: true, Etag: "2"}, "", workFirst},
		{"a mark is not taken off", hanako, &userv1.Address{AddressId: work.GetAddressId(), Address: postal(osaka), Etag: "3"}, "", workFirst},
		{"wrong prefecture", hanako, &userv1.Address{AddressId: home.GetAddressId(), Address: postal(func(a *typev1.PostalAddress) { a.Prefecture = "大阪県" }), Etag: "1"}, fault.FieldInvalid, workFirst},
		{"absent", hanako, &userv1.Address{AddressId: "adr_aaaaaaaaaaaaaaaaaaaaaaaaaa", Address: postal(), Etag: "1"}, fault.NotFound, workFirst},
		{"no id", hanako, &userv1.Address{Address: postal(), Etag: "1"}, fault.NotFound, workFirst},
		{"somebody else's", taro, &userv1.Address{AddressId: home.GetAddressId(), Address: postal(), Etag: "1"}, fault.NotFound, nil},
		{"a guest", guest, &userv1.Address{AddressId: home.GetAddressId(), Address: postal(), Etag: "1"}, fault.CallerNotAllowed, nil},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			_, err := d.as(step.who).UpdateAddress(d.ctx, &userv1.UpdateAddressRequest{Address: step.set})
			refused(t, err, step.want)
			if got := d.list(step.who); !slices.Equal(got, step.list) {
				t.Errorf("addresses %v, want %v", got, step.list)
			}
		})
	}
	d.verified()
}
