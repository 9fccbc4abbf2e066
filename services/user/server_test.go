package main

import (
	"context"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
	"github.com/issho-shop/issho/internal/testenv"
)

// Who tests call as. An id may hold anything.
var (
	hanako = testenv.User{ID: "hanako"}
	taro   = testenv.User{ID: "ta/ro."}
	guest  = testenv.User{ID: "anon", Guest: true}
)

// desk is a running user service with a database of its own.
type desk struct {
	*testenv.World
	t    *testing.T
	ctx  context.Context
	base string
	db   *firestore.Client
	shop *services
}

func open(t *testing.T) *desk {
	t.Helper()
	t.Parallel()
	return opened(t)
}

// opened is open for a test that cannot run beside others.
func opened(t *testing.T) *desk {
	t.Helper()
	w := testenv.New(t, "user")
	w.Set("FIRESTORE_DATABASE", "user")
	others := newServices()
	url := testenv.Listen(t, others.handler())
	for _, name := range []string{"CART_URL", "CATALOG_URL", "ORDER_URL", "PAYMENT_URL", "REWARD_URL"} {
		w.Set(name, url)
	}
	d := &desk{World: w, t: t, ctx: t.Context(), base: testenv.Serve(w, run), shop: others}
	db, err := firedb.Open(d.ctx, w.Project(), "user")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d.db = db
	return d
}

func (d *desk) as(u testenv.User) userv1connect.UserServiceClient {
	return userv1connect.NewUserServiceClient(d.As(u), d.base)
}

func (d *desk) internal(identity string) userv1connect.UserInternalServiceClient {
	return userv1connect.NewUserInternalServiceClient(d.AsService(identity), d.base)
}

// postal is an address with every field set, in its normal form.
func postal(change ...func(*typev1.PostalAddress)) *typev1.PostalAddress {
	a := &typev1.PostalAddress{
		Name: "佐藤 花子", PostalCode: "150-0001", Prefecture: "東京都", City: "渋谷区",
		Line1: "神宮前1-2-3", Line2: "ハイツ一緒 201", Phone: "03-0000-0001",
	}
	for _, f := range change {
		f(a)
	}
	return a
}

// add creates an address.
func (d *desk) add(u testenv.User, requestID string, isDefault bool, change ...func(*typev1.PostalAddress)) *userv1.Address {
	d.t.Helper()
	res, err := d.as(u).CreateAddress(d.ctx, &userv1.CreateAddressRequest{
		RequestId: requestID, Address: &userv1.Address{Address: postal(change...), Default: isDefault},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return res.GetAddress()
}

// list answers the ids of the addresses shown, the default marked with a star.
func (d *desk) list(u testenv.User) []string {
	d.t.Helper()
	res, err := d.as(u).ListAddresses(d.ctx, &userv1.ListAddressesRequest{})
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, a := range res.GetAddresses() {
		if a.GetDefault() {
			out = append(out, a.GetAddressId()+"*")
		} else {
			out = append(out, a.GetAddressId())
		}
	}
	return out
}

// doc reads a stored document, nil when there is none.
func (d *desk) doc(collection string, u testenv.User) map[string]any {
	d.t.Helper()
	snap, err := d.db.Collection(collection).Doc(firedb.Key(u.ID)).Get(d.ctx)
	if firedb.Absent(err) {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return snap.Data()
}

// refused fails the test unless err is a refusal for that reason.
func refused(t *testing.T, err error, want fault.Reason) {
	t.Helper()
	if got := fault.ReasonOf(err); got != want {
		t.Errorf("refused with %q (%v), want %q", got, err, want)
	}
}
