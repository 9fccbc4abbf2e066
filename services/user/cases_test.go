package main

import (
	"os"
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
	"github.com/issho-shop/issho/internal/testenv"
)

// Case C5: without its store everything is refused in time, and is as before when the store is back.
func TestCaseC5WithoutTheStore(t *testing.T) {
	proxy := testenv.NewProxy(t, os.Getenv("FIRESTORE_EMULATOR_HOST"))
	t.Setenv("FIRESTORE_EMULATOR_HOST", proxy.Addr)
	d := opened(t)
	d.add(hanako, "r1", true)
	proxy.Cut()
	began := time.Now()
	_, err := d.as(hanako).ListAddresses(d.ctx, &userv1.ListAddressesRequest{})
	refused(t, err, fault.StoreUnavailable)
	_, err = d.as(hanako).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: "花子", Language: "ja"}})
	refused(t, err, fault.StoreUnavailable)
	if took := time.Since(began); took > 10*time.Second { // a second each, and what a busy machine adds
		t.Errorf("refused after %s", took)
	}
	proxy.Restore()
	testenv.Eventually(t, func() error {
		_, err := d.as(hanako).ListAddresses(d.ctx, &userv1.ListAddressesRequest{})
		return err
	})
	d.verified()
}

// Cases F1, F3: what is no message is refused, and leaves nothing behind.
func TestCaseF1F3MalformedIsRefused(t *testing.T) {
	d := open(t)
	testenv.RefusesMalformed(t, d.As(hanako), d.base+userv1connect.UserServiceCreateAddressProcedure, "requestId")
	if d.doc("addresses", hanako) != nil {
		t.Error("a refused request left a book behind")
	}
}

// Case F4: names are stored composed and without marks that are not seen, and counted in characters.
func TestCaseF4TextsAreTidied(t *testing.T) {
	d := open(t)
	res, err := d.as(hanako).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: "ハ\u3099ナナ\u202e👨‍👩‍👧", Language: "ja"}})
	if err != nil || res.GetProfile().GetDisplayName() != "バナナ👨‍👩‍👧" {
		t.Errorf("profile = %v, %v", res, err)
	}
	a := d.add(hanako, "r1", true, func(p *typev1.PostalAddress) { p.Name, p.City = "佐藤 花か\u3099子", "\u2067渋谷区\u0007" })
	if got := a.GetAddress(); got.GetName() != "佐藤 花が子" || got.GetCity() != "渋谷区" {
		t.Errorf("address = %v", got)
	}
	d.verified()
}
