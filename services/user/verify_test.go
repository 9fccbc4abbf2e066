package main

import (
	"strings"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

// violations answers what Verify finds, by invariant.
func (d *desk) violations() map[string][]string {
	d.t.Helper()
	res, err := d.internal("ops").Verify(d.ctx, &userv1.VerifyRequest{})
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string][]string{}
	for _, f := range res.GetFindings() {
		out[f.GetInvariant()] = f.GetViolations()
	}
	return out
}

// verified fails the test unless all invariants hold.
func (d *desk) verified() {
	d.t.Helper()
	for invariant, found := range d.violations() {
		if len(found) > 0 {
			d.t.Errorf("%s: %v", invariant, found)
		}
	}
}

func TestVerify(t *testing.T) {
	d := open(t)
	if _, err := d.as(hanako).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: "花子"}}); err != nil {
		t.Fatal(err)
	}
	hers, his := d.add(hanako, "r1", false), d.add(taro, "r1", false)
	d.verified()
	item := d.doc("addresses", hanako)["addresses"].([]any)[0].(map[string]any)
	with := func(field string, value any) []any {
		changed := map[string]any{}
		for k, v := range item {
			changed[k] = v
		}
		changed[field] = value
		return []any{changed}
	}
	for _, test := range []struct {
		name, doc, field string
		value            any
		invariant, says  string
	}{
		{"another's profile", "profiles", "customer_id", "taro", "I18 isolation", "u_hanako"},
		{"another's book", "addresses", "customer_id", "taro", "I18 isolation", "u_hanako"},
		{"another's address", "addresses", "addresses", with("address_id", his.GetAddressId()), "I18 isolation", his.GetAddressId()},
		{"no default", "addresses", "addresses", with("default", false), "address books", "0 defaults"},
		{"odd postal code", "addresses", "addresses", with("postal_code", "1500001"), "address books", hers.GetAddressId()},
		{"odd prefecture", "addresses", "addresses", with("prefecture", "東京"), "address books", hers.GetAddressId()},
		{"too many", "addresses", "addresses", crowd(item, 21), "address books", "more addresses"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, ref := d.doc(test.doc, hanako), d.db.Collection(test.doc).Doc(firedb.Key(hanako.ID))
			if _, err := ref.Update(d.ctx, []firestore.Update{{Path: test.field, Value: test.value}}); err != nil {
				t.Fatal(err)
			}
			found := strings.Join(d.violations()[test.invariant], "; ")
			if !strings.Contains(found, test.says) {
				t.Errorf("%s found %q, want it to name %s", test.invariant, found, test.says)
			}
			if strings.Contains(found, "神宮前") || strings.Contains(found, "佐藤") {
				t.Errorf("%s tells personal data: %s", test.invariant, found)
			}
			if _, err := ref.Set(d.ctx, before); err != nil {
				t.Fatal(err)
			}
			d.verified()
		})
	}
	_, err := d.internal("order").Verify(d.ctx, &userv1.VerifyRequest{})
	refused(t, err, fault.CallerNotAllowed)
}

// crowd is n addresses like item.
func crowd(item map[string]any, n int) []any {
	var out []any
	for range n {
		out = append(out, item)
	}
	return out
}
