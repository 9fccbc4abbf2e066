package main

import (
	"slices"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestDeleteAddress(t *testing.T) {
	d := open(t)
	a, b, c := d.add(hanako, "r1", false).GetAddressId(), d.add(hanako, "r2", false).GetAddressId(), d.add(hanako, "r3", true).GetAddressId()
	for _, step := range []struct {
		name string
		who  testenv.User
		id   string
		want fault.Reason
		list []string // hanako's afterwards
	}{
		{"somebody else's", taro, a, "", []string{c + "*", a, b}},
		{"a guest", guest, a, fault.CallerNotAllowed, []string{c + "*", a, b}},
		{"no such id", hanako, "adr_1", fault.FieldInvalid, []string{c + "*", a, b}},
		{"the default: the oldest gets the mark", hanako, c, "", []string{a + "*", b}},
		{"again", hanako, c, "", []string{a + "*", b}},
		{"another", hanako, b, "", []string{a + "*"}},
		{"the last", hanako, a, "", nil},
	} {
		t.Run(step.name, func(t *testing.T) {
			_, err := d.as(step.who).DeleteAddress(d.ctx, &userv1.DeleteAddressRequest{AddressId: step.id})
			refused(t, err, step.want)
			if got := d.list(hanako); !slices.Equal(got, step.list) {
				t.Errorf("addresses %v, want %v", got, step.list)
			}
		})
	}
	d.verified()
}
