package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestCreateAddress(t *testing.T) {
	d := open(t)
	got := d.add(hanako, "r1", false, func(a *typev1.PostalAddress) { a.PostalCode = "1500001" })
	want := &userv1.Address{AddressId: got.GetAddressId(), Address: postal(), Default: true, Etag: got.GetEtag()} // the first is the default
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("address (-want +got):\n%s", diff)
	}
	second := d.add(hanako, "r2", false)
	third := d.add(hanako, "r3", true)
	if want := []string{third.GetAddressId() + "*", got.GetAddressId(), second.GetAddressId()}; !slices.Equal(d.list(hanako), want) {
		t.Errorf("addresses %v, want %v", d.list(hanako), want)
	}
	if book := d.doc("addresses", hanako); book["customer_id"] != "hanako" || len(book["addresses"].([]any)) != 3 {
		t.Errorf("stored book = %v", book)
	}
	if len(d.list(taro)) != 0 {
		t.Error("taro sees hanako's addresses")
	}
	d.verified()
}

func TestCreateAddressAgain(t *testing.T) {
	d := open(t)
	first := d.add(hanako, "r1", false)
	if again := d.add(hanako, "r1", false); again.GetAddressId() != first.GetAddressId() || len(d.list(hanako)) != 1 {
		t.Errorf("the repeat made %s, %d addresses in all; want %s, 1", again.GetAddressId(), len(d.list(hanako)), first.GetAddressId())
	}
	if other := d.add(taro, "r1", false); other.GetAddressId() == first.GetAddressId() {
		t.Error("two customers share an address id")
	}
	req := &userv1.CreateAddressRequest{RequestId: "r1", Address: &userv1.Address{Address: postal(), Default: true}}
	_, err := d.as(hanako).CreateAddress(d.ctx, req)
	refused(t, err, fault.RequestIDReused)

	if _, err := d.as(hanako).DeleteAddress(d.ctx, &userv1.DeleteAddressRequest{AddressId: first.GetAddressId()}); err != nil {
		t.Fatal(err)
	}
	req.Address.Default = false
	_, err = d.as(hanako).CreateAddress(d.ctx, req)
	refused(t, err, fault.NotFound)
	if len(d.list(hanako)) != 0 {
		t.Error("a repeat brought a deleted address back")
	}
}

func TestCreateAddressLimit(t *testing.T) {
	d := open(t)
	for i := range 20 {
		d.add(hanako, fmt.Sprint("r", i), true)
	}
	_, err := d.as(hanako).CreateAddress(d.ctx, &userv1.CreateAddressRequest{RequestId: "r20", Address: &userv1.Address{Address: postal()}})
	refused(t, err, fault.LimitReached)
	if fault.Meta(err, "limit") != "20" || len(d.list(hanako)) != 20 {
		t.Errorf("limit %q, %d addresses; want 20 and 20", fault.Meta(err, "limit"), len(d.list(hanako)))
	}
	d.verified()
}

func TestCreateAddressAtOnce(t *testing.T) {
	d := open(t)
	d.add(hanako, "r0", true)
	answers := make(chan error)
	for i := range 4 {
		go func() {
			_, err := d.as(hanako).CreateAddress(d.ctx, &userv1.CreateAddressRequest{
				RequestId: fmt.Sprint("at once ", i), Address: &userv1.Address{Address: postal(), Default: true},
			})
			answers <- err
		}()
	}
	done := 0
	for range 4 {
		if err := <-answers; err == nil {
			done++
		} else {
			refused(t, err, fault.Conflict)
		}
	}
	if got := len(d.list(hanako)); done == 0 || got != done+1 {
		t.Errorf("%d were told that their address is stored, %d are", done, got-1)
	}
	d.verified()
}

func TestCreateAddressRefused(t *testing.T) {
	d := open(t)
	for name, test := range map[string]struct {
		who    testenv.User
		change func(*userv1.CreateAddressRequest)
		want   fault.Reason
	}{
		"guest":                   {guest, func(*userv1.CreateAddressRequest) {}, fault.CallerNotAllowed},
		"no request id":           {hanako, func(r *userv1.CreateAddressRequest) { r.RequestId = "" }, fault.RequestIDMissing},
		"no address":              {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address = nil }, fault.FieldInvalid},
		"prefecture in English":   {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address.Prefecture = "Aichi" }, fault.FieldInvalid},
		"prefecture without 県":    {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address.Prefecture = "鹿児島" }, fault.FieldInvalid},
		"a 48th prefecture":       {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address.Prefecture = "江戸県" }, fault.FieldInvalid},
		"six digits":              {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address.PostalCode = "150-001" }, fault.FieldInvalid},
		"hyphen elsewhere":        {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address.PostalCode = "1500-001" }, fault.FieldInvalid},
		"letters in the phone":    {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address.Phone = "03-CALL-ME" }, fault.FieldInvalid},
		"a line of 101":           {hanako, func(r *userv1.CreateAddressRequest) { r.Address.Address.Line1 = strings.Repeat("町", 101) }, fault.FieldInvalid},
		"an id of one's own":      {hanako, func(r *userv1.CreateAddressRequest) { r.Address.AddressId = "adr_1" }, fault.FieldInvalid},
		"four-letter prefecture":  {taro, func(r *userv1.CreateAddressRequest) { r.Address.Address.Prefecture = "和歌山県" }, ""},
		"without a building":      {taro, func(r *userv1.CreateAddressRequest) { r.Address.Address.Line2 = "" }, ""},
		"phone with country code": {taro, func(r *userv1.CreateAddressRequest) { r.Address.Address.Phone = "+81-3-0000-0001" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			req := &userv1.CreateAddressRequest{RequestId: name, Address: &userv1.Address{Address: postal()}}
			test.change(req)
			_, err := d.as(test.who).CreateAddress(d.ctx, req)
			refused(t, err, test.want)
		})
	}
	if d.doc("addresses", hanako) != nil || d.doc("addresses", guest) != nil {
		t.Error("a refused request left a book behind")
	}
	d.verified()
}
